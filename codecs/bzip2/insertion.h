// SPDX-License-Identifier: Apache-2.0
// How probable the Huffman codes of a bzip2 block make one more byte in its sorted column.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codecs/bzip2/tables.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The column with each byte inserted, coded as bzip2 would with its codes as they are; the essay is
// in the .cc. Immutable.
class Bzip2Insertion {
 public:
  // How many rows on each side of the gap are coded, and how many above are looked through for what
  // was seen last.
  static constexpr std::size_t kWindow = 16;
  static constexpr std::size_t kMaxLookback = 1024;

  explicit Bzip2Insertion(const Bzip2Tables& tables);

  // Adds weight x P(b) to out[b] for all bytes b. P(b) is proportional to 2^-bits, the bits of the
  // column with b between `above`, whose last byte is next to the gap, and `below`, whose first is;
  // P sums to 1. REQUIRES: below.size() <= kWindow.
  void add(ByteView above, ByteView below, double weight, std::span<double, 256> out) const;

 private:
  using Bits = std::array<unsigned, kBzip2MaxCodes>;  // of a sequence in each of the codes
  using Ranks = std::span<const std::uint8_t>;
  struct Rows;

  [[nodiscard]] Bits bits_of(Ranks ranks) const;
  [[nodiscard]] std::array<Bits, 256> bits_of_each(Rows rows) const;

  std::size_t codes_;
  std::array<Bits, 257> lengths_;                // by symbol
  std::array<double, kBzip2MaxCodes> shares_{};  // of the groups that are written in each code
  Bytes order_;                                  // all bytes, those of the block before the others
};

}  // namespace zipdream
