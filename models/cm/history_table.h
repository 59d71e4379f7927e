// SPDX-License-Identifier: Apache-2.0
// Bit histories by context, hashed. A slot holds those of one context and half a byte: the 15
// decisions that lead to its four bits, so that one look into memory serves four bits. Slots stand
// in rows of four, a cache line each; a context may have any slot of its row, known by eight more
// bits of its hash, and when the row is full takes that of the context seen least. The table so
// forgets what is rare as it fills, and never grows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/cm/bit_history.h"
#include "models/paged_array.h"

namespace zipdream {

// Threads: as a standard container.
class HistoryTable {
 public:
  struct Slot {
    std::uint8_t check = 0;                  // 0: nobody's
    std::array<BitHistory, 15> histories{};  // by decisions() below
  };
  // A context's slot, as it stands or empty, and where in the table it would be put.
  struct Found {
    Slot slot;
    std::size_t place;
  };

  // Hashes that differ only in these bits lie in one page.
  static constexpr std::uint64_t kWithinPage = 0xFF000000000000FC;

  // REQUIRES: 8 <= size_bits <= 28.
  explicit HistoryTable(int size_bits) : slots_(std::size_t{1} << size_bits) {}

  [[nodiscard]] Found find(std::uint64_t hash) const;

  // The row of that context will be looked into soon.
  [[gnu::always_inline]] void prefetch(std::uint64_t hash) const { slots_.prefetch(row_of(hash)); }

  void put(const Found& found) { slots_.edit(found.place) = found.slot; }

 private:
  [[nodiscard]] std::size_t row_of(std::uint64_t hash) const { return hash & (slots_.size() - 4); }

  PagedArray<Slot, 8192> slots_;
};

}  // namespace zipdream
