// SPDX-License-Identifier: Apache-2.0
// The one place where probabilities become integers. What the encoder writes the decoder can only
// read with the very same numbers, so they come from portable_math.h and are the same everywhere.
#pragma once

#include <cstdint>
#include <span>

namespace zipdream {

// A symbol of probability p gets 1 + floor(2^28 p): never zero, so any symbol can be coded, and at
// 256 symbols that costs below 1.4e-6 bits each. Returns their sum: at least 2^28, at most 2^28 +
// the number of symbols + 1. REQUIRES: log2_probs as Predictor::log2_probs() gives them, at most
// 2^28 of them; out.size() == log2_probs.size().
std::uint64_t to_frequencies(std::span<const double> log2_probs, std::span<std::uint32_t> out);

}  // namespace zipdream
