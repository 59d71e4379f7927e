// SPDX-License-Identifier: Apache-2.0
// The contexts of LZMA's binary decisions, one T for each: the coder's own probabilities, or what a
// law makes of them. As all presets have them: 3 bits of the byte before choose among the literals'
// contexts (lc = 3), none of the position (lp = 0), and two bits of the position count elsewhere
// (pb = 2). After the LZMA specification of Igor Pavlov, whose names are in brackets.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace zipdream {

inline constexpr std::size_t kLzmaPositionStates = 4;
inline constexpr std::size_t kLzmaShortestMatch = 2;
inline constexpr std::size_t kLzmaLongestMatch = 273;

[[nodiscard]] constexpr std::size_t lzma_position_state(std::size_t position) {
  return position % kLzmaPositionStates;
}

// What the last packets were: below 7 the last is a literal.
inline constexpr std::size_t kLzmaStates = 12;
[[nodiscard]] constexpr bool is_after_literal(unsigned state) { return state < 7; }
[[nodiscard]] constexpr unsigned state_after_literal(unsigned state) {
  return state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
}
[[nodiscard]] constexpr unsigned state_after_match(unsigned state) {
  return is_after_literal(state) ? 7 : 10;
}
[[nodiscard]] constexpr unsigned state_after_repetition(unsigned state) {
  return is_after_literal(state) ? 8 : 11;
}
[[nodiscard]] constexpr unsigned state_after_short_repetition(unsigned state) {
  return is_after_literal(state) ? 9 : 11;
}

// Trees of n bits have their root at 1; the children of node i are 2 i and 2 i + 1.
template <typename T>
struct LzmaLengthContexts {
  T is_long;       // [choice]
  T is_very_long;  // [choice2]
  std::array<std::array<T, 8>, kLzmaPositionStates> low;
  std::array<std::array<T, 8>, kLzmaPositionStates> middle;
  std::array<T, 256> high;
};

template <typename T>
struct LzmaContexts {
  std::array<std::array<T, kLzmaPositionStates>, kLzmaStates> is_match;
  std::array<T, kLzmaStates> is_rep;
  std::array<T, kLzmaStates> is_rep0;  // 0: the latest distance [isRepG0]
  std::array<T, kLzmaStates> is_rep1;
  std::array<T, kLzmaStates> is_rep2;
  std::array<std::array<T, kLzmaPositionStates>, kLzmaStates> is_long_rep0;
  std::array<std::array<T, 64>, 4> distance_slot;
  std::array<T, 128> distance_special;
  std::array<T, 16> distance_align;
  LzmaLengthContexts<T> match_length;
  LzmaLengthContexts<T> rep_length;
  std::array<std::array<T, 0x300>, 8> literal;

  static constexpr std::size_t size() { return sizeof(LzmaContexts) / sizeof(T); }
  [[nodiscard]] T* begin() { return reinterpret_cast<T*>(this); }
  [[nodiscard]] T* end() { return begin() + size(); }
};

// LZMA counts distances from 0, the byte before. Those of a slot share all but their low bits.
struct LzmaDistanceSlot {
  std::uint32_t first;
  unsigned bits;  // that follow the slot
};
[[nodiscard]] constexpr LzmaDistanceSlot lzma_distance_slot(unsigned slot) {
  if (slot < 4) return {slot, 0};
  const unsigned bits = (slot >> 1) - 1;
  return {(2 | (slot & 1)) << bits, bits};
}
// Below this slot each of a slot's distances has contexts of its own; from it on the last four bits
// share theirs, and those between have none.
inline constexpr unsigned kLzmaFirstAlignedSlot = 14;
inline constexpr unsigned kLzmaAlignBits = 4;

// Which contexts the slots of matches of this length have.
[[nodiscard]] constexpr std::size_t lzma_distance_kind(std::size_t length) {
  return std::min<std::size_t>(length - kLzmaShortestMatch, 3);
}

// Where the contexts of a slot's low bits begin, in distance_special: the trees lie one after the
// other, and each lacks its node 0. REQUIRES: 4 <= slot < kLzmaFirstAlignedSlot.
[[nodiscard]] constexpr std::size_t lzma_special_tree(unsigned slot) {
  return lzma_distance_slot(slot).first - slot;
}

}  // namespace zipdream
