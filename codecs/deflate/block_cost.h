// SPDX-License-Identifier: Apache-2.0
// The bits of a block's dynamic codes and of the header that lists them, without the symbols' extra
// bits; and the same after one literal more, for many literals.
//
// One literal more seldom changes the code lengths. Three ways to know, from cheap to dear:
//   - looking ahead: the code's lengths are known to stay (huffman.h). What the literal costs is
//     then its length.
//   - memory: a block with the same counts was asked for lately, perhaps by another beam. Counts
//     are named by a 64-bit sum of random words, see Block::key.
//   - the heap is run again. Literals that the block lacks and that fall between the same two that
//     it has share one run.
// Memory is per thread and never changes an answer.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codecs/deflate/block.h"
#include "codecs/deflate/code_header.h"
#include "codecs/deflate/huffman.h"

namespace zipdream::deflate {

[[nodiscard]] std::uint32_t dynamic_bits(const Block& block);

// The symbols of one alphabet that occur, and what was added to make two of them.
struct Leaves {
  explicit Leaves(std::span<const std::uint16_t> counts);
  [[nodiscard]] std::span<const Leaf> view() const {
    return {leaves.data(), static_cast<std::size_t>(size)};
  }
  std::array<Leaf, kMaxLeaves + 1> leaves;
  int size = 0;
  int added = 0;  // not used by the block
};

// A block about to get one literal more.
class OneMore {
 public:
  explicit OneMore(const Block& block);

  // dynamic_bits() of the block and `literal`.
  [[nodiscard]] std::uint32_t bits_with(Byte literal);

 private:
  [[nodiscard]] std::uint32_t measure(Byte literal);
  [[nodiscard]] std::uint32_t measure_present(int leaf);
  [[nodiscard]] std::uint32_t measure_absent(Byte literal);
  [[nodiscard]] std::uint32_t header_with(std::span<const std::uint8_t> lengths) const;

  const Block& block_;
  Leaves literals_;
  HuffmanCode code_;              // of literals_
  LengthCounts distance_part_{};  // of the header's counts
  std::uint32_t distance_bits_ = 0;
  std::uint32_t header_bits_ = 0;
  std::array<std::int16_t, 256> leaf_of_;  // or -1 - (how many leaves come before)
  HuffmanCode more_;                       // room
  int gap_ = -1;  // which absent literals more_ is about: those before leaf `gap_`
};

}  // namespace zipdream::deflate
