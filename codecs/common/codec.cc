// SPDX-License-Identifier: Apache-2.0
#include "zipdream/codec.h"

#include <span>

#include "base/files.h"
#include "codecs/common/recompressing_session.h"
#include "zipdream/error.h"

namespace zipdream {

double Codec::bits(ByteView data, Units /*units*/) const {
  return 8.0 * static_cast<double>(compress(data).size());
}

std::uint64_t Codec::stream_size(const ByteSource& data,
                                 std::optional<std::uint64_t> /*size*/) const {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  Bytes all;
  for (std::size_t got = kPiece; got == kPiece;) {
    const std::size_t before = all.size();
    if (before > kMaxInputBytes) {
      throw Error("more than 1 GiB in one stream of a codec that needs all of it; take a part");
    }
    all.resize(before + kPiece);
    got = data(std::span(all).subspan(before));
    all.resize(before + got);
  }
  return compress(all).size();
}

std::unique_ptr<Session> Codec::start(Units units) const {
  return start_recompressing_session(*this, units);
}

}  // namespace zipdream
