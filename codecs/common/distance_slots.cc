// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/distance_slots.h"

#include <algorithm>

namespace zipdream {

void SlotCounts::update(const SharedText& text) {
  // A byte more moves one into each slot and one out: for many at once it is cheaper to begin anew.
  const std::size_t moves = 2 * firsts_.size() * (text.size() - end_);
  if (moves >= std::min(text.size(), firsts_.back())) return count_all(text);
  while (end_ < text.size()) grow(text);
}

void SlotCounts::count_all(const SharedText& text) {
  end_ = text.size();
  counts_.clear();
  for (std::size_t slot = 0; slot + 1 < firsts_.size() && firsts_[slot] <= end_; ++slot) {
    Counts& counts = counts_.emplace_back(Counts{});
    const std::size_t farthest = std::min(firsts_[slot + 1] - 1, end_);
    for (std::size_t at = end_ - farthest; at <= end_ - firsts_[slot]; ++at) ++counts[text[at]];
  }
}

void SlotCounts::grow(const SharedText& text) {
  ++end_;
  const std::size_t next = counts_.size();
  if (next + 1 < firsts_.size() && firsts_[next] <= end_) counts_.emplace_back(Counts{});
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    ++counts_[slot][text[end_ - firsts_[slot]]];
    if (end_ >= firsts_[slot + 1]) --counts_[slot][text[end_ - firsts_[slot + 1]]];
  }
}

}  // namespace zipdream
