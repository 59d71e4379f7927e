// SPDX-License-Identifier: Apache-2.0
#include "models/cm/history_table.h"

#include <algorithm>
#include <span>

namespace zipdream {
namespace {

constexpr int kCheckShift = 56;

// How often the slot's context came up, as far as its first decision remembers; -1: nobody's.
int seen(const HistoryTable::Slot& slot) {
  if (slot.check == 0) return -1;
  const auto& counts = bit_history::kTable.counts[slot.histories[0]];
  return counts.zeros + counts.ones;
}

}  // namespace

HistoryTable::Found HistoryTable::find(std::uint64_t hash) const {
  const std::size_t row = row_of(hash);
  const auto check = static_cast<std::uint8_t>(std::max<std::uint64_t>(hash >> kCheckShift, 1));
  const std::span<const Slot> slots = slots_.items(row, 4);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].check == check) return {slots[i], row + i};
  }
  const auto least = std::ranges::min_element(slots, {}, seen);
  Found found = {{}, row + static_cast<std::size_t>(least - slots.begin())};
  found.slot.check = check;
  return found;
}

}  // namespace zipdream
