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

// Algorithm
//
// bzip2 writes its column as ranks in a move-to-front list, runs of rank 0 as digits, all in one of
// up to six Huffman codes, chosen anew for every fifty symbols. At fixed codes that is a
// distribution over whole columns, P = 2^-bits, so a byte b that is missing in one row has by Bayes
//
//   P(b | the other rows) proportional to 2^-(bits of the column with b there).
//
// Both neighbours count: the rank of b follows from the rows above, and b changes the ranks of the
// rows below. If above and below are equal, any other byte costs its own rank and that of the
// return.
//
// Optimizations
//
// Only what b can change much is coded: the kWindow rows above the gap, which b changes by the run
// that it may end, and the kWindow below, after which most bytes that b has pushed down the list
// have come up again. Which code was chosen here isn't asked: we sum over the codes, each weighted
// by the share of groups that are written in it, so that the window decides as the encoder would.
//
// Left out
//
// The end of a group; bytes that were last seen more than kMaxLookback rows above, whose ranks
// are those of a list that starts there in the order of their values.

namespace {

using Ranking = std::array<Byte, 256>;  // a move-to-front list

std::uint8_t move_to_front(Ranking& list, Byte byte) {
  std::size_t rank = 0;
  Byte carried = byte;
  for (; list[rank] != byte; ++rank) std::swap(carried, list[rank]);
  list[rank] = carried;
  return static_cast<std::uint8_t>(rank);
}

// The list after `rows`, which starts as `order`.
Ranking list_after(ByteView rows, ByteView order) {
  Ranking list;
  std::array<bool, 256> is_listed{};
  std::size_t size = 0;
  const auto add = [&](Byte byte) {
    if (is_listed[byte]) return;
    is_listed[byte] = true;
    list[size++] = byte;
  };
  for (std::size_t i = rows.size(); i-- > 0;) add(rows[i]);
  for (const Byte byte : order) add(byte);
  return list;
}

// 2^-bits; a difference of 256 bits is as good as infinite.
double power(unsigned bits) {
  static const auto all_powers = [] {
    std::array<double, 257> powers{1};
    for (std::size_t i = 1; i < 256; ++i) powers[i] = powers[i - 1] / 2;
    return powers;
  }();
  return all_powers[std::min(bits, 256U)];
}

}  // namespace

// The rows around a gap, ranked.
struct Bzip2Insertion::Rows {
  Rows(ByteView rows_above, ByteView rows_below, ByteView order) : below(rows_below) {
    if (rows_above.size() > kMaxLookback) rows_above = rows_above.last(kMaxLookback);
    const ByteView window = rows_above.last(std::min(kWindow, rows_above.size()));
    list = list_after(rows_above.first(rows_above.size() - window.size()), order);
    for (const Byte byte : window) ranks[count_above++] = move_to_front(list, byte);
    for (const Byte byte : below) is_below[byte] = true;
  }

  // The ranks of all rows with `byte` in the gap.
  Ranks with(Byte byte) {
    Ranking after = list;
    std::size_t count = count_above;
    ranks[count++] = move_to_front(after, byte);
    for (const Byte next : below) ranks[count++] = move_to_front(after, next);
    return {ranks.data(), count};
  }

  ByteView below;
  Ranking list;  // at the gap
  std::array<bool, 256> is_below{};
  std::size_t count_above = 0;
  std::array<std::uint8_t, 2 * kWindow + 1> ranks{};  // of the window above; the rest is scratch
};

Bzip2Insertion::Bzip2Insertion(const Bzip2Tables& tables)
    : codes_(tables.codes.size()), order_(tables.used) {
  // What has no code is taken to have a longest one.
  for (Bits& lengths : lengths_) lengths.fill(kBzip2MaxCodeLength);
  for (std::size_t symbol = 0; symbol <= tables.used.size(); ++symbol) {
    for (std::size_t code = 0; code < codes_; ++code) {
      lengths_[symbol][code] = tables.codes[code][symbol];
    }
  }
  for (const std::uint8_t choice : tables.choices) {
    if (choice < codes_) shares_[choice] += 1.0 / static_cast<double>(tables.choices.size());
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (!std::ranges::binary_search(tables.used, static_cast<Byte>(byte))) {
      order_.push_back(static_cast<Byte>(byte));
    }
  }
}

Bzip2Insertion::Bits Bzip2Insertion::bits_of(Ranks ranks) const {
  Bits bits{};
  std::size_t run = 0;
  const auto add = [&](std::size_t symbol) {
    for (std::size_t code = 0; code < kBzip2MaxCodes; ++code) bits[code] += lengths_[symbol][code];
  };
  const auto end_run = [&] {
    for (; run > 0; run = (run - 1) / 2) add(run % 2 == 0 ? 1 : 0);
  };
  for (const std::uint8_t rank : ranks) {
    if (rank == 0) {
      ++run;
      continue;
    }
    end_run();
    add(std::size_t{rank} + 1);
  }
  end_run();
  return bits;
}

// All bytes that don't occur below and aren't the last one above differ in their own rank alone,
// and in which of the bytes below they push down: those of lower rank.
std::array<Bzip2Insertion::Bits, 256> Bzip2Insertion::bits_of_each(Rows rows) const {
  std::array<Bits, 256> bits;
  const Bits head = bits_of({rows.ranks.data(), rows.count_above});
  Bits tail{};
  bool is_tail_known = false;
  for (std::size_t rank = 0; rank < 256; ++rank) {
    const Byte byte = rows.list[rank];
    if (rank == 0 || rows.is_below[byte]) {
      bits[byte] = bits_of(rows.with(byte));
      is_tail_known = false;
      continue;
    }
    if (!is_tail_known) {
      tail = bits_of(rows.with(byte).subspan(rows.count_above + 1));
      is_tail_known = true;
    }
    for (std::size_t code = 0; code < kBzip2MaxCodes; ++code) {
      bits[byte][code] = head[code] + lengths_[rank + 1][code] + tail[code];
    }
  }
  return bits;
}

void Bzip2Insertion::add(ByteView above, ByteView below, double weight,
                         std::span<double, 256> out) const {
  assert(below.size() <= kWindow);
  const std::array<Bits, 256> bits = bits_of_each(Rows(above, below, order_));
  unsigned least = bits[0][0];
  for (const Bits& of_byte : bits) {
    for (std::size_t code = 0; code < codes_; ++code) least = std::min(least, of_byte[code]);
  }
  std::array<double, 256> likelihoods{};
  double sum = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (std::size_t code = 0; code < codes_; ++code) {
      likelihoods[byte] += shares_[code] * power(bits[byte][code] - least);
    }
    sum += likelihoods[byte];
  }
  for (unsigned byte = 0; byte < 256; ++byte) out[byte] += weight * likelihoods[byte] / sum;
}

}  // namespace zipdream
