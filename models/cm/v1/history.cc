// SPDX-License-Identifier: Apache-2.0
#include "models/cm/v1/history.h"

#include <algorithm>
#include <span>

namespace zipdream::cm_v1 {
namespace {

constexpr int kCheckShift = 56;

// How often the slot's context came up, as far as its first decision remembers; -1: a free slot.
int times_seen(const HistoryTable::Slot& slot) {
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
  std::size_t least_seen = 0;
  for (std::size_t i = 1; i < slots.size(); ++i) {
    if (times_seen(slots[i]) < times_seen(slots[least_seen])) least_seen = i;
  }
  Found found = {{}, row + least_seen};
  found.slot.check = check;
  return found;
}

}  // namespace zipdream::cm_v1
