// SPDX-License-Identifier: Apache-2.0
// The step from one context to the next is the "LF mapping" of Ferragina and Manzini (2000): the
// text followed by b is a context that ends in b, so it stands after the empty context, after all
// contexts that end in a smaller byte, and after those that end in b and were, before that b, above
// the text's own row. Both are counts of bytes in the column. The rows that are there keep their
// order, so one insertion does it and nothing is ever sorted.
#include "codecs/bzip2/sorted_contexts.h"

#include <algorithm>
#include <cassert>

namespace zipdream {
namespace {

constexpr std::size_t kMaxHeap = 2048;  // rows; counts of them fit 16 bits

// std::count(), in a form that compilers turn into vector instructions at -O2.
std::size_t count_bytes(const Byte* bytes, std::size_t size, Byte byte) {
  unsigned count = 0;
  for (std::size_t i = 0; i < size; ++i) count += bytes[i] == byte ? 1U : 0U;
  return count;
}

}  // namespace

std::size_t SortedContexts::heap_of(std::size_t row) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

std::size_t SortedContexts::count_before(Byte byte, std::size_t row) const {
  const std::size_t heap = heap_of(row);
  std::size_t count = 0;
  for (std::size_t i = 0; i < heap; ++i) count += counts_[byte][i];
  return count + count_bytes(heaps_[heap].next.data(), row - starts_[heap], byte);
}

void SortedContexts::append(Byte next) {
  insert(place_, next);
  std::size_t place = 1;
  for (unsigned byte = 0; byte < next; ++byte) place += totals_[byte];
  place_ = place + count_before(next, place_);
}

void SortedContexts::insert(std::size_t row, Byte next) {
  if (heaps_.empty()) {
    heaps_.emplace_back();
    starts_.push_back(0);
    for (auto& counts : counts_) counts.push_back(0);
  }
  const std::size_t heap = heap_of(row);
  const auto offset = static_cast<std::ptrdiff_t>(row - starts_[heap]);
  Heap& rows = heaps_[heap];
  rows.next.insert(rows.next.begin() + offset, next);
  rows.lengths.insert(rows.lengths.begin() + offset, static_cast<std::uint32_t>(size_));
  for (std::size_t i = heap + 1; i < starts_.size(); ++i) ++starts_[i];
  ++counts_[next][heap];
  ++totals_[next];
  ++size_;
  if (rows.next.size() == kMaxHeap) split(heap);
}

void SortedContexts::split(std::size_t heap) {
  constexpr std::size_t kHalf = kMaxHeap / 2;
  const auto at = static_cast<std::ptrdiff_t>(heap);
  Heap& low = heaps_[heap];
  Heap high{{low.next.begin() + kHalf, low.next.end()},
            {low.lengths.begin() + kHalf, low.lengths.end()}};
  low.next.resize(kHalf);
  low.lengths.resize(kHalf);
  for (unsigned byte = 0; byte < 256; ++byte) {
    auto& counts = counts_[byte];
    const auto in_high = static_cast<std::uint16_t>(
        count_bytes(high.next.data(), high.next.size(), static_cast<Byte>(byte)));
    counts[heap] = static_cast<std::uint16_t>(counts[heap] - in_high);
    counts.insert(counts.begin() + at + 1, in_high);
  }
  starts_.insert(starts_.begin() + at + 1, starts_[heap] + kHalf);
  heaps_.insert(heaps_.begin() + at + 1, std::move(high));
}

void SortedContexts::copy_next(std::size_t first, std::span<Byte> out) const {
  assert(first + out.size() <= size_);
  while (!out.empty()) {
    const std::size_t heap = heap_of(first);
    const Bytes& next = heaps_[heap].next;
    const std::size_t offset = first - starts_[heap];
    const std::size_t count = std::min(out.size(), next.size() - offset);
    std::copy_n(next.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    out = out.subspan(count);
    first += count;
  }
}

std::size_t SortedContexts::length(std::size_t row) const {
  assert(row < size_);
  const std::size_t heap = heap_of(row);
  return heaps_[heap].lengths[row - starts_[heap]];
}

}  // namespace zipdream
