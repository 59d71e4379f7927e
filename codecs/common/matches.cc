// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/matches.h"

namespace zipdream {

void MatchSets::step(const SharedText& text, std::size_t end) {
  before_.swap(positions_);
  positions_.clear();
  if (end < 3) return;
  const std::size_t lowest =
      std::max<std::size_t>(2, end > max_distance_ ? end - max_distance_ : 0);
  auto old = before_.begin();
  text.find(text[end - 2], text[end - 1], lowest, end, [&](std::size_t at, Byte) {
    while (old != before_.end() && old->at >= at) ++old;
    const bool goes_on = old != before_.end() && old->at + 1 == at;
    const std::size_t length = goes_on ? std::size_t{old->length} + 1 : 2;
    positions_.push_back({static_cast<std::uint32_t>(at),
                          static_cast<std::uint32_t>(std::min(length, max_length_))});
    return positions_.size() < max_positions_;
  });
}

void BucketCounts::update(const SharedText& text) {
  // A byte more moves one into each bucket and one out: for many it is cheaper to count anew.
  const std::size_t moves = 2 * starts_.size() * (text.size() - end_);
  if (moves >= std::min(text.size(), starts_.back())) return count_all(text);
  while (end_ < text.size()) grow(text);
}

void BucketCounts::count_all(const SharedText& text) {
  end_ = text.size();
  counts_.clear();
  for (std::size_t bucket = 0; bucket + 1 < starts_.size() && starts_[bucket] <= end_; ++bucket) {
    Counts& counts = counts_.emplace_back(Counts{});
    const std::size_t farthest = std::min(starts_[bucket + 1] - 1, end_);
    for (std::size_t at = end_ - farthest; at <= end_ - starts_[bucket]; ++at) ++counts[text[at]];
  }
}

void BucketCounts::grow(const SharedText& text) {
  ++end_;
  const std::size_t next = counts_.size();
  if (next + 1 < starts_.size() && starts_[next] <= end_) counts_.emplace_back(Counts{});
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    ++counts_[bucket][text[end_ - starts_[bucket]]];
    if (end_ >= starts_[bucket + 1]) --counts_[bucket][text[end_ - starts_[bucket + 1]]];
  }
}

}  // namespace zipdream
