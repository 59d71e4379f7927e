// SPDX-License-Identifier: Apache-2.0
// The symbols of one DEFLATE block, counted, and how many bits zlib spends on them.
#pragma once

#include <array>
#include <cstdint>

#include "codecs/deflate/symbols.h"

namespace zipdream::deflate {

inline constexpr int kBlockSymbols = 16383;  // after which zlib ends a block, at memLevel 8

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

// The bit at which it then ends.
[[nodiscard]] std::uint64_t end_of_block(const BlockPlace& place, std::uint64_t fixed_bits,
                                         std::uint64_t dynamic_bits);

}  // namespace zipdream::deflate
