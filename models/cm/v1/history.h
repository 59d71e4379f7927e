// SPDX-License-Identifier: Apache-2.0
// What contexts have seen: a bit history for each binary decision, and the hash table that holds
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/paged_array.h"

namespace zipdream::cm_v1 {

// What a context has seen of one binary decision, in a byte: about how many zeros, about how many
// ones, and which came last. Old news fades: when a bit comes, the count of the other one drops, so
// that a history describes what a context does now rather than what it did on average. Which
// histories there are is a matter of limits: a long run of one bit is remembered with few of the
// other. (After the nonstationary states of Mahoney's PAQ; the limits are our own.)
using BitHistory = std::uint8_t;  // 0: nothing seen

namespace bit_history {

// With k of the rarer bit, at most kMaxOther[k] of the other.
constexpr auto kMaxOther = std::to_array<int>({40, 30, 12, 7, 5, 4});
// What remains of n of one bit when the other comes; where n is larger, the last.
constexpr auto kRemains = std::to_array<int>({0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7});

struct Counts {
  int zeros = 0;
  int ones = 0;
  bool last = false;  // false where one of the counts is zero, which tells it already
};

struct Table {
  std::array<std::array<BitHistory, 2>, 256> next{};  // [history][bit]
  std::array<Counts, 256> counts{};
  std::array<std::uint8_t, 256> is_one_sided{};  // 1: it has seen only zeros, or only ones
  std::size_t size = 0;
};

constexpr bool is_allowed(int a, int b) {
  const int rarer = a < b ? a : b;
  const int other = a < b ? b : a;
  return rarer < static_cast<int>(kMaxOther.size()) &&
         other <= kMaxOther[static_cast<std::size_t>(rarer)];
}

constexpr Counts after(Counts counts, bool bit) {
  int own = (bit ? counts.ones : counts.zeros) + 1;
  int other = bit ? counts.zeros : counts.ones;
  const auto last = static_cast<int>(kRemains.size()) - 1;
  other = kRemains[static_cast<std::size_t>(other < last ? other : last)];
  while (!is_allowed(own, other)) {
    if (other > 0 && own <= other) {
      --other;
    } else {
      --own;
      if (!is_allowed(own, other) && other > 0) --other;
    }
  }
  return {bit ? other : own, bit ? own : other, own > 0 && other > 0 && bit};
}

constexpr Table make_table() {
  constexpr std::size_t kSide = kMaxOther[0] + 1;
  std::array<std::array<std::array<int, 2>, kSide>, kSide> known{};  // their number + 1, or 0
  Table table;
  const auto number_of = [&](const Counts& counts) {
    int& number = known[static_cast<std::size_t>(counts.zeros)]
                       [static_cast<std::size_t>(counts.ones)][counts.last ? 1 : 0];
    if (number == 0) {
      table.counts.at(table.size) = counts;  // more than 256 would be an error of the compiler
      number = static_cast<int>(++table.size);
    }
    return static_cast<BitHistory>(number - 1);
  };
  number_of({});
  for (std::size_t i = 0; i < table.size; ++i) {
    const Counts& seen = table.counts[i];
    table.is_one_sided[i] = i > 0 && (seen.zeros == 0 || seen.ones == 0) ? 1 : 0;
    for (const bool bit : {false, true}) {
      table.next[i][bit ? 1 : 0] = number_of(after(table.counts[i], bit));
    }
  }
  return table;
}

inline constexpr Table kTable = make_table();

}  // namespace bit_history

// The history after one more bit.
[[nodiscard]] inline BitHistory history_after(BitHistory history, bool bit) {
  return bit_history::kTable.next[history][bit ? 1 : 0];
}

// Bit histories by context, hashed. A slot holds those of one context and one nibble: the 15
// decisions that lead to its four bits, so that one access to memory serves four bits. Slots stand
// in rows of four, a cache line each; a context may have any slot of its row, known by eight more
// bits of its hash, and when the row is full takes that of the context seen least. The table so
// forgets what is rare as it fills, and never grows.
// Threads: as a standard container.
class HistoryTable {
 public:
  struct Slot {
    std::uint8_t check = 0;                  // 0: the slot is free
    std::array<BitHistory, 15> histories{};  // by DecisionPlace::in_nibble()
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

}  // namespace zipdream::cm_v1
