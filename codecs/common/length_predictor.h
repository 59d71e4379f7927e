// SPDX-License-Identifier: Apache-2.0
// The length law: a codec that assigns x a length of L(x) bits implies P(b | x) proportional to
// 2^(L(x) - L(xb)) (Deletang et al., section 2 and 3.4), here normalised over an alphabet of bytes.
#pragma once

#include <memory>

#include "codecs/common/byte_predictor.h"
#include "zipdream/codec.h"

namespace zipdream {

// Units::kBytes reproduces the paper.
[[nodiscard]] std::unique_ptr<Predictor> make_length_predictor(std::shared_ptr<const Codec> codec,
                                                               Units units);

}  // namespace zipdream
