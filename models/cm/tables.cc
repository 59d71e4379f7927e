// SPDX-License-Identifier: Apache-2.0
#include "models/cm/tables.h"

#include <algorithm>
#include <bit>

namespace zipdream::cm {
namespace {

// Which of four slots has that check; 4: none. (A byte is zero where subtracting one borrows and
// its own top bit is clear; the lowest such byte is found rightly.)
std::size_t slot_with(std::span<const HistorySlot, 4> row, unsigned check) {
  const std::uint32_t checks = row[0].check | row[1].check << 8 | row[2].check << 16 |
                               static_cast<std::uint32_t>(row[3].check) << 24;
  const std::uint32_t others = checks ^ check * 0x01010101U;
  const std::uint32_t zero = (others - 0x01010101U) & ~others & 0x80808080U;
  return static_cast<std::size_t>(std::countr_zero(zero)) / 8;
}

std::size_t slot_with(std::span<const CounterSlot, 2> row, unsigned check) {
  if (row[0].check == check) return 0;
  return row[1].check == check ? 1 : 2;
}

unsigned check_of(std::uint64_t hash, int bits) {
  return std::max(static_cast<unsigned>(hash >> (64 - bits)), 1U);
}

}  // namespace

template <typename Slot>
typename SlotTable<Slot>::Found SlotTable<Slot>::find(std::uint64_t hash) const {
  constexpr std::size_t kRow = Slot::kRow;
  const std::size_t row = window_.row(hash);
  const unsigned check = check_of(hash, 8 * sizeof Slot::check);
  const auto slots = slots_.items(row, kRow).template first<kRow>();
  if (const std::size_t i = slot_with(slots, check); i < kRow) return {slots[i], row + i};
  std::size_t least = ~std::size_t{0};  // how often the slot's context was seen, then which it is
  for (std::size_t i = 0; i < kRow; ++i) {
    const std::size_t seen = slots[i].check == 0 ? 0 : std::size_t{1} + slots[i].times_seen();
    least = std::min(least, seen * kRow + i);
  }
  Found result = {{}, row + least % kRow};
  if (const std::size_t before = window_.row_before(hash); before != row) {
    const auto old = slots_.items(before, kRow).template first<kRow>();
    if (const std::size_t i = slot_with(old, check); i < kRow) result.slot = old[i];
  }
  result.slot.check = static_cast<decltype(result.slot.check)>(check);
  return result;
}

template class SlotTable<HistorySlot>;
template class SlotTable<CounterSlot>;

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
