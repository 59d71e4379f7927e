// SPDX-License-Identifier: Apache-2.0
// The session of a codec whose encoder can't be copied: it keeps the context as bytes and asks
// Codec::bits() about context and candidate together, all over again for each candidate.
#pragma once

#include <memory>

#include "zipdream/codec.h"

namespace zipdream {

// REQUIRES: `codec` outlives the session.
[[nodiscard]] std::unique_ptr<Session> start_recompressing_session(const Codec& codec, Units units);

}  // namespace zipdream
