// SPDX-License-Identifier: Apache-2.0
// The alphabets of DEFLATE (RFC 1951, section 3.2.5 and 3.2.6): which symbol a match's length and
// distance become, how many extra bits follow, and what each costs in a block of fixed codes.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream::deflate {

using Position = std::int64_t;  // in all bytes of a stream, from 0

inline constexpr int kShortestMatch = 3;
inline constexpr int kLongestMatch = 258;
inline constexpr int kEndOfBlock = 256;
inline constexpr int kLiterals = 286;  // literals, the end of a block, lengths
inline constexpr int kDistances = 30;
inline constexpr int kLengthSymbols = 29;

// A symbol and the number of extra bits that follow it.
struct Symbol {
  std::uint16_t symbol = 0;
  std::uint8_t extra = 0;
};

// For lengths: symbols 265 to 284 come in groups of four that share a number of extra bits; 258 has
// a symbol of its own.
inline constexpr auto kLengthTable = [] {
  std::array<Symbol, kLongestMatch + 1> table{};
  int length = kShortestMatch;
  for (int code = 0; code < kLengthSymbols - 1; ++code) {
    const int extra = code < 8 ? 0 : code / 4 - 1;
    for (int i = 0; i < 1 << extra && length < kLongestMatch; ++i) {
      table[length++] = {static_cast<std::uint16_t>(257 + code), static_cast<std::uint8_t>(extra)};
    }
  }
  table[kLongestMatch] = {285, 0};
  return table;
}();

[[nodiscard]] constexpr Symbol length_symbol(int length) { return kLengthTable[length]; }

// For distances, 1 to 32768: pairs of symbols share a number of extra bits.
[[nodiscard]] constexpr Symbol distance_symbol(Position distance) {
  const std::uint32_t value = static_cast<std::uint32_t>(distance - 1);
  if (value < 4) return {static_cast<std::uint16_t>(value), 0};
  const int extra = std::bit_width(value) - 2;
  return {static_cast<std::uint16_t>(2 * extra + (value >> extra)),
          static_cast<std::uint8_t>(extra)};
}

[[nodiscard]] constexpr int fixed_literal_bits(int symbol) {
  if (symbol < 144) return 8;
  if (symbol < 256) return 9;
  return symbol < 280 ? 7 : 8;
}
inline constexpr int kFixedDistanceBits = 5;

}  // namespace zipdream::deflate
