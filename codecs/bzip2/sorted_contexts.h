// SPDX-License-Identifier: Apache-2.0
// All contexts of a text, sorted from their ends backwards, and beside each the byte that followed
// it: the last column of the Burrows-Wheeler transform of the reversed text, kept up to date byte
// by byte. Where the context of the whole text belongs among them is where the next byte will
// stand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codecs/bzip2/tables.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Row r holds one prefix of the text, a context, and its next byte. Contexts are compared from
// their last byte to their first, the shorter one first where one runs out. A text of n bytes has n
// rows; the whole text has no next byte yet and stands between row place() - 1 and row place().
// Copies are independent. Threads: one at a time may call append(); const members from many.
class SortedContexts {
 public:
  // Adds the row of the text as it was, followed by `next`. Some 0.3 us at a megabyte.
  // REQUIRES: size() < 2^32 - 1.
  void append(Byte next);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t place() const { return place_; }

  // How often a byte occurs in the text.
  [[nodiscard]] std::size_t count(Byte byte) const { return totals_[byte]; }

  // Copies the next bytes of rows [first, first + out.size()). REQUIRES: they exist.
  void copy_next(std::size_t first, std::span<Byte> out) const;

  // The length of a row's context. REQUIRES: row < size().
  [[nodiscard]] std::size_t length(std::size_t row) const;

 private:
  // Rows in small heaps, so that an insertion moves little.
  struct Heap {
    Bytes next;
    std::vector<std::uint32_t> lengths;
  };

  [[nodiscard]] std::size_t heap_of(std::size_t row) const;
  [[nodiscard]] std::size_t count_before(Byte byte, std::size_t row) const;
  void insert(std::size_t row, Byte next);
  void split(std::size_t heap);

  std::vector<Heap> heaps_;
  std::vector<std::size_t> starts_;  // the first row of each heap
  // How often each byte occurs in each heap: counts_[byte][heap].
  std::array<std::vector<std::uint16_t>, 256> counts_;
  std::array<std::size_t, 256> totals_{};
  std::size_t size_ = 0;
  std::size_t place_ = 0;
};

// How probable the Huffman codes of a bzip2 block make one more byte in its sorted column.

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
