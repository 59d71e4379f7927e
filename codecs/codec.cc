// SPDX-License-Identifier: Apache-2.0
#include "codecs/codec.h"

#include "codecs/recompressing_session.h"

namespace zipdream {

double Codec::bits(ByteView data, Units /*units*/) const {
  return 8.0 * static_cast<double>(compress(data).size());
}

std::unique_ptr<Session> Codec::start(Units units) const {
  return start_recompressing_session(*this, units);
}

}  // namespace zipdream
