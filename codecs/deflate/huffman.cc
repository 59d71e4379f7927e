// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/huffman.h"

#include <algorithm>
#include <cassert>

namespace zipdream::deflate {
namespace {

constexpr int kIndexBits = 10;
constexpr int kHeightBits = 6;
constexpr std::uint32_t kIndexMask = (1U << kIndexBits) - 1;
constexpr std::uint32_t kHeightMask = (1U << kHeightBits) - 1;
constexpr int kMaxBits = 15;

constexpr std::uint32_t index_of(std::uint32_t node) { return node & kIndexMask; }
constexpr std::uint32_t height_of(std::uint32_t node) { return node >> kIndexBits & kHeightMask; }
constexpr std::uint32_t count_of(std::uint32_t node) { return node >> (kIndexBits + kHeightBits); }
constexpr std::uint32_t pack(std::uint32_t count, std::uint32_t height, std::uint32_t index) {
  return count << (kIndexBits + kHeightBits) | height << kIndexBits | index;
}

// Whether `a` comes before `b`; true if they tie.
constexpr bool precedes(std::uint32_t a, std::uint32_t b) { return a <= (b | kIndexMask); }

// By how much the count of `a`, which precedes `b`, may grow until it no longer does; `strictly` if
// it must not even tie.
constexpr std::int32_t room_below(std::uint32_t a, std::uint32_t b, bool strictly) {
  const auto difference = static_cast<std::int32_t>(b >> kIndexBits) -
                          static_cast<std::int32_t>(a >> kIndexBits) - (strictly ? 1 : 0);
  return difference >> kHeightBits;
}

}  // namespace

void HuffmanCode::build(std::span<const Leaf> leaves, int longest) {
  merge<false>(leaves);
  assign(leaves, longest);
}

void HuffmanCode::build_and_measure_growth(std::span<const Leaf> leaves, int longest) {
  std::fill_n(growth_.begin(), 2 * leaves.size(), INT32_MAX);
  merge<true>(leaves);
  assign(leaves, longest);
  // A leaf's growth is its ancestors' growth; what each of them may bear bounds it.
  for (int i = 2 * size_ - 3; i >= 0; --i) {
    const int node = popped_[i];
    growth_[node] = std::min(growth_[node], growth_[parent_[node]]);
  }
}

// Moves the node at `at` down to where neither child precedes it. The comparisons, their order and
// their ties are zlib's.
template <bool kMeasure>
void HuffmanCode::sift_down(int at, int size) {
  const auto compare = [this](std::uint32_t a, std::uint32_t b) {
    const bool first = precedes(a, b);
    if constexpr (kMeasure) {
      std::int32_t& growth = growth_[index_of(first ? a : b)];
      growth = std::min(growth, first ? room_below(a, b, false) : room_below(b, a, true));
    }
    return first;
  };
  const std::uint32_t node = heap_[at];
  int child = 2 * at;
  while (child <= size) {
    if (child < size) child += compare(heap_[child + 1], heap_[child]) ? 1 : 0;
    if (compare(node, heap_[child])) break;
    heap_[at] = heap_[child];
    at = child;
    child *= 2;
  }
  heap_[at] = node;
}

template <bool kMeasure>
void HuffmanCode::merge(std::span<const Leaf> leaves) {
  assert(leaves.size() >= 2 && leaves.size() <= kMaxLeaves);
  size_ = static_cast<int>(leaves.size());
  int size = size_;
  for (int i = 0; i < size; ++i) heap_[i + 1] = pack(leaves[i].count, 0, static_cast<unsigned>(i));
  for (int at = size / 2; at >= 1; --at) sift_down<kMeasure>(at, size);
  int order = 0;
  for (int node = size_; size >= 2; ++node) {
    const std::uint32_t least = heap_[1];
    heap_[1] = heap_[size--];
    sift_down<kMeasure>(1, size);
    const std::uint32_t next = heap_[1];
    popped_[order++] = static_cast<std::uint16_t>(index_of(least));
    popped_[order++] = static_cast<std::uint16_t>(index_of(next));
    parent_[index_of(least)] = parent_[index_of(next)] = static_cast<std::uint16_t>(node);
    heap_[1] = pack(count_of(least) + count_of(next),
                    std::max(height_of(least), height_of(next)) + 1, static_cast<unsigned>(node));
    sift_down<kMeasure>(1, size);
  }
  popped_[order] = static_cast<std::uint16_t>(index_of(heap_[1]));
}

// Gives each node one bit more than its parent, from the root down.
void HuffmanCode::assign(std::span<const Leaf> leaves, int longest) {
  std::array<int, kMaxBits + 1> counts{};  // leaves of each length
  int overflow = 0;
  bits_ = 0;
  lengths_[popped_[2 * size_ - 2]] = 0;
  for (int i = 2 * size_ - 3; i >= 0; --i) {
    const int node = popped_[i];
    int length = lengths_[parent_[node]] + 1;
    if (length > longest) {
      length = longest;
      ++overflow;
    }
    lengths_[node] = static_cast<std::uint8_t>(length);
    if (node >= size_) continue;
    ++counts[length];
    bits_ += static_cast<std::uint32_t>(leaves[node].count * length);
  }
  if (overflow > 0) shorten(leaves, longest, overflow, counts);
}

// Where codes came out too long: moves leaves of the lowest full level down one by one until the
// lengths are a code again, and deals the new lengths out anew, the longest to those that left the
// heap first.
void HuffmanCode::shorten(std::span<const Leaf> leaves, int longest, int overflow,
                          std::span<int> counts) {
  for (; overflow > 0; overflow -= 2) {
    int length = longest - 1;
    while (counts[length] == 0) --length;
    --counts[length];
    counts[length + 1] += 2;
    --counts[longest];
  }
  int i = 0;
  bits_ = 0;
  for (int length = longest; length > 0; --length) {
    for (int left = counts[length]; left > 0;) {
      const int node = popped_[i++];
      if (node >= size_) continue;
      lengths_[node] = static_cast<std::uint8_t>(length);
      bits_ += static_cast<std::uint32_t>(leaves[node].count * length);
      --left;
    }
  }
}

}  // namespace zipdream::deflate
