// SPDX-License-Identifier: Apache-2.0
// What can be done with any codec by asking how long its streams are. code_lengths.cc also defines
// the defaults of Codec (zipdream/codec.h).
#pragma once

#include <memory>

#include "zipdream/codec.h"
#include "zipdream/predictor.h"

namespace zipdream {

// The session of a codec whose encoder can't be copied: it keeps the context as bytes and asks
// Codec::bits() about context and candidate together, all over again for each candidate.
// REQUIRES: `codec` outlives the session.
[[nodiscard]] std::unique_ptr<Session> start_recompressing_session(const Codec& codec, Units units);

// The predictor by code lengths: a codec that assigns x a length of L(x) bits implies P(b | x)
// proportional to 2^(L(x) - L(xb)) (Deletang et al., sections 2 and 3.4). Units::kBytes reproduces
// the paper.
[[nodiscard]] std::unique_ptr<Predictor> make_length_predictor(std::shared_ptr<const Codec> codec,
                                                               Units units);

}  // namespace zipdream
