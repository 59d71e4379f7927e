// SPDX-License-Identifier: Apache-2.0
// Symbols by integer frequencies. to_frequencies() is the one place where probabilities become
// integers: what the encoder writes the decoder can only read with the very same numbers, so they
// come from portable_math.h and are the same everywhere. The others put a symbol on the range
// coder.
#pragma once

#include <cstdint>
#include <span>

#include "generator/coder/interval.h"
#include "generator/coder/range_coder.h"
#include "zipdream/predictor.h"

namespace zipdream {

// A symbol of probability p gets 1 + floor(2^28 p): never zero, so any symbol can be coded, and at
// 256 symbols that costs below 1.4e-6 bits each. Returns their sum: at least 2^28, at most 2^28 +
// the number of symbols + 1. REQUIRES: log2_probs as Predictor::log2_probs() gives them, at most
// 2^28 of them; out.size() == log2_probs.size().
std::uint64_t to_frequencies(std::span<const double> log2_probs, std::span<std::uint32_t> out);

// Each takes the frequencies of all symbols, none of them zero, and their sum.
void encode_symbol(Symbol symbol, std::span<const std::uint32_t> frequencies, std::uint64_t total,
                   RangeEncoder& encoder);
[[nodiscard]] Symbol decode_symbol(std::span<const std::uint32_t> frequencies, std::uint64_t total,
                                   RangeDecoder& decoder);

// out[s] = `now` narrowed to symbol s.
void narrow_to_each(const Interval& now, std::span<const std::uint32_t> frequencies,
                    std::uint64_t total, std::span<Interval> out);

}  // namespace zipdream
