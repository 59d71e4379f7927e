// SPDX-License-Identifier: Apache-2.0
#include "models/cm/tables.h"

#include <algorithm>
#include <bit>

namespace zipdream::cm {
namespace {

// Which of four slots has that check; 4: none. (A byte is zero where subtracting one borrows and
// its own top bit is clear; the lowest such byte is found rightly.)
std::size_t slot_with(std::span<const HistoryTable::Slot, 4> row, unsigned check) {
  const std::uint32_t checks = row[0].check | row[1].check << 8 | row[2].check << 16 |
                               static_cast<std::uint32_t>(row[3].check) << 24;
  const std::uint32_t others = checks ^ check * 0x01010101U;
  const std::uint32_t zero = (others - 0x01010101U) & ~others & 0x80808080U;
  return static_cast<std::size_t>(std::countr_zero(zero)) / 8;
}

std::size_t slot_with(std::span<const CounterTable::Slot, 2> row, unsigned check) {
  if (row[0].check == check) return 0;
  return row[1].check == check ? 1 : 2;
}

unsigned check_of(std::uint64_t hash, int bits) {
  return std::max(static_cast<unsigned>(hash >> (64 - bits)), 1U);
}

}  // namespace

HistoryTable::Found HistoryTable::find(std::uint64_t hash) const {
  const std::size_t row = window_.row(hash);
  const unsigned check = check_of(hash, 8);
  const auto slots = slots_.items(row, kRow).first<kRow>();
  if (const std::size_t i = slot_with(slots, check); i < kRow) return {slots[i], row + i};
  std::size_t least = ~std::size_t{0};  // how often the slot's context was seen, then which it is
  for (std::size_t i = 0; i < kRow; ++i) {
    const Slot& slot = slots[i];
    const std::size_t seen =
        slot.check == 0 ? 0 : std::size_t{1} + bit_history::kTable.times_seen[slot.histories[0]];
    least = std::min(least, seen * kRow + i);
  }
  Found result = {{}, row + least % kRow};
  if (const std::size_t before = window_.row_before(hash); before != row) {
    const auto old = slots_.items(before, kRow).first<kRow>();
    if (const std::size_t i = slot_with(old, check); i < kRow) result.slot = old[i];
  }
  result.slot.check = static_cast<std::uint8_t>(check);
  return result;
}

CounterTable::Found CounterTable::find(std::uint64_t hash) const {
  const std::size_t row = window_.row(hash);
  const unsigned check = check_of(hash, 16);
  const auto slots = slots_.items(row, kRow).first<kRow>();
  if (const std::size_t i = slot_with(slots, check); i < kRow) return {slots[i], row + i};
  const bool second =
      slots[0].check != 0 &&
      (slots[1].check == 0 || slots[0].counters[0].count() > slots[1].counters[0].count());
  Found result = {{}, row + (second ? 1 : 0)};
  if (const std::size_t before = window_.row_before(hash); before != row) {
    const auto old = slots_.items(before, kRow).first<kRow>();
    if (const std::size_t i = slot_with(old, check); i < kRow) result.slot = old[i];
  }
  result.slot.check = static_cast<std::uint16_t>(check);
  return result;
}

RunTable::Found RunTable::find(std::uint64_t hash) const {
  const auto check = static_cast<std::uint16_t>(check_of(hash, 16));
  const std::size_t place = window_.row(hash);
  if (const Run& run = runs_[place]; run.check == check) return {run, place};
  if (const std::size_t before = window_.row_before(hash); before != place) {
    if (const Run& run = runs_[before]; run.check == check) return {run, place};
  }
  return {{.check = check}, place};
}

void RunTable::learn(const Found& found, std::uint8_t byte) {
  Run run = found.run;
  if (run.count == 0 || run.byte != byte) {
    run.byte = byte;
    run.count = 1;
  } else if (run.count < 255) {
    ++run.count;
  }
  runs_.edit(found.place) = run;
}

}  // namespace zipdream::cm
