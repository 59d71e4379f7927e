// SPDX-License-Identifier: Apache-2.0
// Huffman code lengths exactly as zlib assigns them.
//
// The sum of frequency x length is the same for every optimal code, but which of several equally
// frequent symbols gets the longer one is not, and a block's header spells the lengths out. So ties
// must fall as they fall in zlib. It merges the two least nodes of a binary heap, ordered by
// frequency and then by the height of the subtree; what is equal in both is ordered by where the
// heap happens to hold it. That is why the heap is simulated here instead of a sorted queue.
//
// A node in the heap is one word: frequency, height and index, from high bits to low.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codecs/deflate/symbols.h"

namespace zipdream::deflate {

// A symbol that occurs. The order of an alphabet's leaves is the order of its symbols.
struct Leaf {
  std::uint16_t symbol = 0;
  std::uint16_t count = 0;
};

inline constexpr int kMaxLeaves = kLiterals;

// The result of building a code, and the room that it takes. Reusable; no allocation.
class HuffmanCode {
 public:
  // Assigns lengths to leaves. REQUIRES: 2 <= leaves.size() <= kMaxLeaves, counts >= 1 that sum to
  // less than 32768.
  void build(std::span<const Leaf> leaves, int longest);

  // The same, and learns what growth() tells.
  void build_and_measure_growth(std::span<const Leaf> leaves, int longest);

  [[nodiscard]] std::span<const std::uint8_t> lengths() const {
    return {lengths_.data(), static_cast<std::size_t>(size_)};
  }

  // Sum of count x length.
  [[nodiscard]] std::uint32_t bits() const { return bits_; }

  // By how much a leaf's count may grow, all other counts unchanged, without any comparison in the
  // heap coming out differently. Until then the lengths stay what they are.
  [[nodiscard]] int growth(std::size_t leaf) const { return growth_[leaf]; }

 private:
  template <bool kMeasure>
  void merge(std::span<const Leaf> leaves);
  template <bool kMeasure>
  void sift_down(int at, int size);
  void assign(std::span<const Leaf> leaves, int longest);
  void shorten(std::span<const Leaf> leaves, int longest, int overflow, std::span<int> counts);

  int size_ = 0;  // leaves
  std::uint32_t bits_ = 0;
  std::array<std::uint32_t, kMaxLeaves + 2> heap_;    // from 1
  std::array<std::uint16_t, 2 * kMaxLeaves> popped_;  // nodes in the order that they left the heap
  std::array<std::uint16_t, 2 * kMaxLeaves> parent_;  // of each node; leaves come first
  std::array<std::uint8_t, 2 * kMaxLeaves> lengths_;  // of each node
  std::array<std::int32_t, 2 * kMaxLeaves> growth_;   // of each node
};

}  // namespace zipdream::deflate
