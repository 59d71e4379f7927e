// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/match_sets.h"

#include <algorithm>

namespace zipdream {
void MatchSets::step(const SharedText& text, std::size_t end) {
  before_.swap(places_);
  places_.clear();
  if (end < 3) return;
  const std::size_t lowest = std::max<std::size_t>(2, end > reach_ ? end - reach_ : 0);
  auto old = before_.begin();
  text.find(text[end - 2], text[end - 1], lowest, end, [&](std::size_t at, Byte) {
    while (old != before_.end() && old->at >= at) ++old;
    const bool goes_on = old != before_.end() && old->at + 1 == at;
    const std::size_t agreeing = goes_on ? std::size_t{old->agreeing} + 1 : 2;
    places_.push_back(
        {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(std::min(agreeing, longest_))});
    return places_.size() < most_;
  });
}

}  // namespace zipdream
