// SPDX-License-Identifier: Apache-2.0
// What contexts have seen, in hash tables that never grow beyond a size and forget what is rare as
// they fill: bit histories, counters of order 1 to 3, and runs of one byte.
//
// A table pays for what it holds: as long as little was read, only its first rows are used, so that
// a model that reads 2 KB doesn't touch 64 MB (Window). All find() are const, and what they found
// is put back when the byte is over.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/cm/bit_history.h"
#include "models/paged_array.h"

namespace zipdream::cm {

// The rows of a table that are in use: a few of them for the first 4 KiB of text, then all; what
// isn't found in its row is then looked for where it stood before.
// Threads: as a standard container.
class Window {
 public:
  // Rows are chosen by the bits of a hash in `mask`; at the start by the lowest `first_bits` of
  // them.
  Window(std::size_t mask, int first_bits)
      : all_(mask), now_(mask & ((std::size_t{1} << first_bits) - 1)), before_(now_) {}

  [[nodiscard]] std::size_t row(std::uint64_t hash) const { return hash & now_; }
  // Where it stood in the first 4 KiB, or row().
  [[nodiscard]] std::size_t row_before(std::uint64_t hash) const { return hash & before_; }

  // To be called after each byte, with the number of all bytes so far.
  void end_byte(std::uint64_t bytes) {
    if (bytes == kFirstBytes) now_ = all_;
    if (bytes == kBytesToForget) before_ = all_;
  }

 private:
  static constexpr std::uint64_t kFirstBytes = 4096;
  static constexpr std::uint64_t kBytesToForget = 65536;

  std::size_t all_;
  std::size_t now_;
  std::size_t before_;
};

namespace tables {

inline unsigned check_of(std::uint64_t hash, int bits) {
  return std::max(static_cast<unsigned>(hash >> (64 - bits)), 1U);
}

}  // namespace tables

// What is known of the decisions of one context and one nibble: the 15 that lead to its four bits,
// so that one access to memory serves four bits. Slots stand in rows, a cache line each; a context
// may have any slot of its row, known by more bits of its hash, and when the row is full takes that
// of the context seen least.
// Threads: as a standard container.
template <typename SlotType>
class SlotTable {
 public:
  using Slot = SlotType;
  // A context's slot, as it stands or empty, and where in the table it would be put.
  struct Found {
    Slot slot;
    std::size_t place;
  };

  // REQUIRES: Slot::kFirstBits <= size_bits <= 28.
  explicit SlotTable(int size_bits)
      : slots_(std::size_t{1} << size_bits),
        window_(slots_.size() - Slot::kRow, Slot::kFirstBits) {}

  void find(std::uint64_t hash, Found& found) const;

  // The row of that context will be looked into soon.
  [[gnu::always_inline]] void prefetch(std::uint64_t hash) const {
    slots_.prefetch(window_.row(hash));
  }

  void put(const Found& found) { slots_.edit(found.place) = found.slot; }
  void end_byte(std::uint64_t bytes) { window_.end_byte(bytes); }

 private:
  static constexpr std::size_t kRow = Slot::kRow;

  // Which slot of a row has that check; kRow: none.
  static std::size_t slot_with(const Slot* row, unsigned check);
  // Of a context that isn't in the row that begins at found.place.
  void take(std::uint64_t hash, unsigned check, Found& found) const;

  PagedArray<Slot, 8192> slots_;
  Window window_;
};

// Bit histories.
struct HistorySlot {
  static constexpr std::size_t kRow = 4;
  static constexpr int kFirstBits = 17;

  std::uint8_t check;                    // 0: the slot is free
  std::array<BitHistory, 15> histories;  // by DecisionPlace::in_nibble()

  [[nodiscard]] std::size_t times_seen() const {
    return bit_history::kTable.times_seen[histories[0]];
  }
};

struct HistoryTable : SlotTable<HistorySlot> {
  using SlotTable::SlotTable;
  // Hashes that differ only in these bits lie in one page.
  static constexpr std::uint64_t kWithinPage = 0xFF000000000000FC;
};

// A probability in twelve bits and how many bits it has seen in four.
class Counter {
 public:
  [[nodiscard]] bool is_new() const { return (value_ & kCount) == 0; }
  // In 2^-16.
  [[nodiscard]] std::int32_t p() const { return value_ & ~kCount; }
  [[nodiscard]] unsigned count() const { return value_ & kCount; }
  void learn(bool bit);

 private:
  static constexpr unsigned kCount = 15;

  std::uint16_t value_ = 1U << 15;
};

// Counters, after few bytes: less forgetful than histories.
struct CounterSlot {
  static constexpr std::size_t kRow = 2;
  static constexpr int kFirstBits = 15;

  std::uint16_t check;  // 0: free
  std::array<Counter, 15> counters;

  [[nodiscard]] std::size_t times_seen() const { return counters[0].count(); }
};

using CounterTable = SlotTable<CounterSlot>;

// The byte that came last after a context, and how often in a row.
// Threads: as a standard container.
class RunTable {
 public:
  struct Run {
    std::uint16_t check = 0;
    std::uint8_t byte = 0;
    std::uint8_t count = 0;  // 0: nothing seen
  };
  struct Found {
    Run run;
    std::size_t place;
  };

  // REQUIRES: 16 <= size_bits <= 30.
  explicit RunTable(int size_bits)
      : runs_(std::size_t{1} << size_bits), window_(runs_.size() - 1, kFirstBits) {}

  [[nodiscard]] Found find(std::uint64_t hash) const;
  [[gnu::always_inline]] void prefetch(std::uint64_t hash) const {
    runs_.prefetch(window_.row(hash));
  }
  void learn(const Found& found, std::uint8_t byte);
  void end_byte(std::uint64_t bytes) { window_.end_byte(bytes); }

 private:
  static constexpr int kFirstBits = 16;

  PagedArray<Run> runs_;
  Window window_;
};

// ---- inline ----

template <typename Slot>
inline std::size_t SlotTable<Slot>::slot_with(const Slot* row, unsigned check) {
  unsigned same = 1U << kRow;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kRow; ++i) same |= (row[i].check == check ? 1U : 0U) << i;
  return static_cast<std::size_t>(std::countr_zero(same));
}

template <typename Slot>
[[gnu::always_inline]] inline void SlotTable<Slot>::find(std::uint64_t hash, Found& found) const {
  const unsigned check = tables::check_of(hash, 8 * sizeof Slot::check);
  found.place = window_.row(hash);
  const Slot* const row = slots_.items(found.place, kRow).data();
  const std::size_t i = slot_with(row, check);
  if (i == kRow) {
    take(hash, check, found);
  } else {
    found.place += i;
    found.slot = row[i];
  }
}

inline void Counter::learn(bool bit) {
  // The part of the difference, in 2^-16: 2 / (2 n + 3), at last 1 / 26.
  static constexpr std::array<std::int32_t, 16> kSteps = [] {
    std::array<std::int32_t, 16> steps{};
    for (int n = 0; n < 16; ++n) {
      steps[static_cast<std::size_t>(n)] = n < 12 ? 65536 * 2 / (2 * n + 3) : 65536 / 26;
    }
    return steps;
  }();
  const unsigned count = value_ & kCount;
  const std::int32_t p = value_ >> 4;
  const std::int32_t moved = p + (((bit ? 4095 : 0) - p) * kSteps[count] >> 16);
  value_ = static_cast<std::uint16_t>(static_cast<unsigned>(moved) << 4 |
                                      (count < 12 ? count + 1 : count));
}

}  // namespace zipdream::cm
