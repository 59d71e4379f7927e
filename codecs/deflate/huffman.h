// SPDX-License-Identifier: Apache-2.0
// Huffman code lengths exactly as zlib assigns them, and what the header of a block costs that
// lists them.
//
// Algorithm
//
// The sum of frequency x length is the same for every optimal code, but which of several equally
// frequent symbols gets the longer one is not, and a block's header lists the lengths. So ties must
// fall as they fall in zlib. It merges the two least nodes of a binary heap, ordered by frequency
// and then by the height of the subtree; what is equal in both is ordered by where the heap happens
// to hold it. That is why the heap is simulated here instead of a sorted queue. A node in the heap
// is one word: frequency, height and index, from high bits to low.
//
// The header (RFC 1951, section 3.2.7) lists the code lengths of both alphabets, run-length coded,
// in a third Huffman code. zlib lets a run begin anew with each alphabet.
//
// Optimizations
//
// One more of a symbol makes it and its ancestors heavier by one. That leaves all lengths as they
// are, without running the heap again,
//   - if no comparison in the heap comes out differently. Or
//   - if those that do come late enough, and the tree still is one that merging in order gives.
//     Nodes leave the heap in the order of frequency and height, whatever the heap's layout, which
//     decides among equals only. Where equals all have one length, swapping any two, with all below
//     them, changes no length: such ties don't matter. So after the last tie that does, only the
//     order counts. A heavier node keeps its place if it is the last of its equals (by a swap that
//     is free), what leaves the heap next isn't lighter, or is its sibling and what comes then
//     isn't, and if those that it now equals have its length. The same must hold for its parent,
//     and so on to the root.
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

// The result of building a code, and the memory that building takes. Reusable; no allocation.
class HuffmanCode {
 public:
  // Assigns lengths to leaves. REQUIRES: 2 <= leaves.size() <= kMaxLeaves, counts >= 1 that sum to
  // less than 32768.
  void build(std::span<const Leaf> leaves, int max_length);

  // build(), which also finds out what stays_after() tells.
  void build_and_look_ahead(std::span<const Leaf> leaves, int max_length);

  [[nodiscard]] std::span<const std::uint8_t> lengths() const {
    return {lengths_.data(), static_cast<std::size_t>(size_)};
  }

  // Sum of count x length.
  [[nodiscard]] std::uint32_t bits() const { return bits_; }

  // Whether all lengths are known to stay what they are if this leaf's count, and no other, grows
  // by one. May say no where they would. REQUIRES: build_and_look_ahead() came before.
  [[nodiscard]] bool stays_after(std::size_t leaf) const {
    return flips_[leaf] == kNeverFlips || (flips_[leaf] >= ties_end_ && settled_[slots_[leaf]]);
  }

 private:
  static constexpr std::uint16_t kNeverFlips = 0xffff;

  template <bool kLookAhead>
  void merge(std::span<const Leaf> leaves);
  template <bool kLookAhead>
  void pop(int slot, std::uint32_t node);
  template <bool kLookAhead>
  void sift_down(int at, int size);
  bool assign(std::span<const Leaf> leaves, int max_length);
  void shorten(std::span<const Leaf> leaves, int max_length, int overflow, std::span<int> counts);
  void find_ties();
  void settle();

  int size_ = 0;  // leaves
  std::uint32_t bits_ = 0;
  std::array<std::uint32_t, kMaxLeaves + 2> heap_;    // from 1
  std::array<std::uint16_t, 2 * kMaxLeaves> popped_;  // nodes in the order that they left the heap
  std::array<std::uint16_t, 2 * kMaxLeaves> parent_;  // of each node; leaves come first
  std::array<std::uint8_t, 2 * kMaxLeaves> lengths_;  // of each node

  // What looking ahead needs. A slot is a place in popped_.
  std::uint16_t decided_ = 0;  // how many slots the comparisons so far have filled
  int ties_end_ = 0;           // the slot after the last tie that matters
  std::array<std::uint32_t, 2 * kMaxLeaves> keys_;        // of each slot: count and height
  std::array<std::uint16_t, 2 * kMaxLeaves> slots_;       // of each node
  std::array<std::uint16_t, 2 * kMaxLeaves> groups_end_;  // of each slot: where its ties end
  std::array<std::uint16_t, 2 * kMaxLeaves> flips_;       // of each node; see settle()
  std::array<bool, 2 * kMaxLeaves> settled_;              // of each slot
};

// ---- the header of a block of dynamic codes ----

inline constexpr int kLengthCodes = 19;  // lengths 0 to 15, and three kinds of runs

// How often each symbol of the third code occurs.
using LengthCounts = std::array<std::uint16_t, kLengthCodes>;

// Counts the lengths of one alphabet. REQUIRES: symbols ascend; lengths are not 0.
void count_lengths(std::span<const Leaf> leaves, std::span<const std::uint8_t> lengths,
                   LengthCounts& counts);

// The bits of a header whose lengths occur so often.
[[nodiscard]] std::uint32_t header_bits(const LengthCounts& counts);

// zlib makes every code have two symbols or more and adds the least ones that are free. They cost
// nothing, as nobody uses them, but their lengths are listed. Returns how many it added to the
// `count` leaves that are there. REQUIRES: `leaves` has memory for two.
int add_missing_leaves(Leaf* leaves, int count);

}  // namespace zipdream::deflate
