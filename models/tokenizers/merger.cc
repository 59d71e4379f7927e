// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/merger.h"

#include <algorithm>
#include <cassert>
#include <functional>

namespace zipdream {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

}  // namespace

void Merger::offer(std::uint32_t left) {
  if (left == kNone || links_[left].next == kNone) return;
  const PairMerge* merge = table_->find(links_[left].symbol, links_[links_[left].next].symbol);
  if (merge == nullptr) return;
  heap_.push_back(std::uint64_t{merge->rank} << 32 | left);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

void Merger::merge_at(std::uint32_t left, Symbol merged) {
  Link& link = links_[left];
  Link& gone = links_[link.next];
  link.symbol = merged;
  link.next = gone.next;
  gone.merged_away = true;
  if (link.next != kNone) links_[link.next].previous = left;
  offer(link.previous);
  offer(left);
}

void Merger::merge(std::span<const Symbol> word, std::vector<Symbol>& out) {
  assert(word.size() < kNone);
  const auto count = static_cast<std::uint32_t>(word.size());
  links_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    links_.push_back({word[i], i == 0 ? kNone : i - 1, i + 1 == count ? kNone : i + 1, false});
  }
  heap_.clear();
  for (std::uint32_t i = 0; i < count; ++i) offer(i);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const auto rank = static_cast<std::uint32_t>(heap_.back() >> 32);
    const auto left = static_cast<std::uint32_t>(heap_.back());
    heap_.pop_back();
    const Link& link = links_[left];
    if (link.merged_away || link.next == kNone) continue;
    const PairMerge* merge = table_->find(link.symbol, links_[link.next].symbol);
    if (merge != nullptr && merge->rank == rank) merge_at(left, merge->merged);
  }
  for (std::uint32_t i = count == 0 ? kNone : 0; i != kNone; i = links_[i].next) {
    out.push_back(links_[i].symbol);
  }
}

}  // namespace zipdream
