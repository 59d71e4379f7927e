// SPDX-License-Identifier: Apache-2.0
#include "models/cm/tables.h"

#include <algorithm>

namespace zipdream::cm {
template <typename Slot>
void SlotTable<Slot>::take(std::uint64_t hash, unsigned check, Found& found) const {
  const auto slots = slots_.items(found.place, kRow);
  std::size_t least = ~std::size_t{0};  // how often the slot's context was seen, then which it is
  for (std::size_t i = 0; i < kRow; ++i) {
    const std::size_t seen = slots[i].check == 0 ? 0 : std::size_t{1} + slots[i].times_seen();
    least = std::min(least, seen * kRow + i);
  }
  found.slot = {};
  if (const std::size_t before = window_.row_before(hash); before != found.place) {
    const Slot* const old = slots_.items(before, kRow).data();
    if (const std::size_t i = slot_with(old, check); i < kRow) found.slot = old[i];
  }
  found.slot.check = static_cast<decltype(found.slot.check)>(check);
  found.place += least % kRow;
}

template class SlotTable<HistorySlot>;
template class SlotTable<CounterSlot>;

RunTable::Found RunTable::find(std::uint64_t hash) const {
  const auto check = static_cast<std::uint16_t>(tables::check_of(hash, 16));
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
