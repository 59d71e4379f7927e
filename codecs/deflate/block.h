// SPDX-License-Identifier: Apache-2.0
// One DEFLATE block: its symbols, counted; how many bits zlib spends on them, in which of three
// forms; and what one literal more would make of that.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codecs/deflate/huffman.h"
#include "codecs/deflate/symbols.h"

namespace zipdream::deflate {

inline constexpr int kBlockSymbols = 16383;  // after which zlib ends a block, at memLevel 8

// Lengths in bits by symbol, 0 for symbols without a code. Each array is a complete prefix code;
// the fixed ones are with two more symbols, literals of 8 bits and distances of 5, that never
// occur.
struct CodeLengths {
  std::array<std::uint8_t, kLiterals> literals{};
  std::array<std::uint8_t, kDistances> distances{};
};

// RFC 1951, section 3.2.6.
[[nodiscard]] CodeLengths fixed_code_lengths();

// What a block holds. The end of the block is counted from the start.
struct Block {
  std::array<std::uint16_t, kLiterals> literals{};
  std::array<std::uint16_t, kDistances> distances{};
  std::int32_t symbols = 0;      // matches count once
  std::uint32_t extra_bits = 0;  // beside the symbols' codes
  std::uint32_t fixed_bits = 7;  // of the symbols' codes if they were the fixed ones
  std::uint64_t key = 0;         // the sum of the symbols' literal_key() and distance_key()

  Block() { literals[kEndOfBlock] = 1; }
  void add_literal(Byte byte);
  void add_match(int length, Position distance);
};

// Random words whose sum over a block's symbols names its counts.
[[nodiscard]] std::uint64_t literal_key(int symbol);
[[nodiscard]] std::uint64_t distance_key(int symbol);

// How a block is written beside its dynamic codes.
struct BlockPlace {
  std::uint64_t begin_bit = 0;    // where in the stream
  std::uint64_t input_bytes = 0;  // that it holds
  bool may_store = true;          // whether they are still in zlib's window
};

enum class BlockForm { kStored, kFixed, kDynamic };

// The way that zlib writes the block, given the bits of its fixed codes, and of its dynamic codes
// and their header. zlib compares the three in whole bytes.
[[nodiscard]] BlockForm form_of_block(const BlockPlace& place, std::uint64_t fixed_bits,
                                      std::uint64_t dynamic_bits);

// The bit at which a block ends that zlib writes in that form.
[[nodiscard]] std::uint64_t end_of_block(const BlockPlace& place, std::uint64_t fixed_bits,
                                         std::uint64_t dynamic_bits);

// ---- the cost of dynamic codes ----

// The bits of a block's dynamic codes and of the header that lists them, without the symbols' extra
// bits.
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

// A block about to get one literal more, for many literals.
//
// One literal more seldom changes the code lengths. Three ways to know, from cheap to expensive:
//   - looking ahead: the code's lengths are known to stay (huffman.h). What the literal costs is
//     then its length.
//   - a cache: a block with the same counts was asked for lately, perhaps by another beam. Counts
//     are named by a 64-bit sum of random words, see Block::key.
//   - the heap is run again. Literals that the block lacks and that fall between the same two that
//     it has share one run.
// The cache is per thread and never changes an answer.
class WithOneMoreLiteral {
 public:
  explicit WithOneMoreLiteral(const Block& block);

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
  HuffmanCode more_;                       // scratch
  int gap_ = -1;  // which absent literals more_ is about: those before leaf `gap_`
};

}  // namespace zipdream::deflate
