// SPDX-License-Identifier: Apache-2.0
// Distances by slots. Codes of matches name the slot of a distance and then, all equally probable
// or nearly so, which one of its slot it is. Slots are ranges that grow with the distance.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "codecs/common/shared_text.h"

namespace zipdream {

// Slot i holds the distances [firsts[i], firsts[i + 1]), the last of `firsts` ends the last slot.
using SlotFirsts = std::vector<std::size_t>;

// The slot of each of a sequence of distances that don't decrease.
class SlotWalk {
 public:
  // REQUIRES: `firsts` outlives it.
  explicit SlotWalk(const SlotFirsts& firsts) : firsts_(firsts.data()) {}

  // REQUIRES: firsts[0] <= distance < firsts[last].
  std::size_t slot_of(std::size_t distance) {
    while (distance >= firsts_[slot_ + 1]) ++slot_;
    return slot_;
  }

 private:
  const std::size_t* firsts_;
  std::size_t slot_ = 0;
};

// How often each byte stands in each slot of distances from the end of a text: what bytes a match
// that begins at the end may begin with, without looking at all distances.
class SlotCounts {
 public:
  using Counts = std::array<std::uint32_t, 256>;

  // REQUIRES: `firsts` ascend from 1.
  explicit SlotCounts(SlotFirsts firsts) : firsts_(std::move(firsts)) {}

  // From the text as it was at the last call to its present end. REQUIRES: the text keeps the last
  // slot's distances twice over.
  void update(const SharedText& text);

  // Of the slots that the text reaches.
  [[nodiscard]] const std::vector<Counts>& slots() const { return counts_; }

 private:
  void count_all(const SharedText& text);
  void grow(const SharedText& text);

  SlotFirsts firsts_;
  std::vector<Counts> counts_;
  std::size_t end_ = 0;
};

}  // namespace zipdream
