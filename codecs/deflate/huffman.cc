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

// Whether `a`, which precedes `b`, no longer would if it counted one more. If it precedes `b`
// strictly, a tie is a change, too.
constexpr bool is_tight(std::uint32_t a, std::uint32_t b, bool strictly) {
  return (b >> kIndexBits) < (a >> kIndexBits) + (1U << kHeightBits) + (strictly ? 1 : 0);
}

// ---- the header ----

constexpr int kRepeat = 16;        // the length before, 3 to 6 times
constexpr int kShortZeroRun = 17;  // 3 to 10
constexpr int kLongZeroRun = 18;   // 11 to 138
constexpr int kMaxLengthCodeLength = 7;
constexpr std::uint32_t kSizeBits = 5 + 5 + 4;  // how many codes each of the three alphabets has

// The order in which the third code's own lengths, 3 bits each, are listed; trailing zeros are not.
constexpr std::array<int, kLengthCodes> kOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};

void count_zeros(int run, LengthCounts& counts) {
  counts[kLongZeroRun] += static_cast<std::uint16_t>(run / 138);
  run %= 138;
  if (run >= 11) {
    ++counts[kLongZeroRun];
  } else if (run >= 3) {
    ++counts[kShortZeroRun];
  } else {
    counts[0] += static_cast<std::uint16_t>(run);
  }
}

// The first of a run is itself, then come repeats. (zlib takes seven at first, one and six.)
void count_run(int length, int run, LengthCounts& counts) {
  if (run < 4) {
    counts[length] += static_cast<std::uint16_t>(run);
    return;
  }
  ++counts[length];
  --run;
  counts[kRepeat] += static_cast<std::uint16_t>(run / 6);
  run %= 6;
  if (run >= 3) {
    ++counts[kRepeat];
  } else {
    counts[length] += static_cast<std::uint16_t>(run);
  }
}

}  // namespace

void HuffmanCode::build(std::span<const Leaf> leaves, int max_length) {
  merge<false>(leaves);
  assign(leaves, max_length);
}

void HuffmanCode::build_and_look_ahead(std::span<const Leaf> leaves, int max_length) {
  std::fill_n(flips_.begin(), 2 * leaves.size(), kNeverFlips);
  merge<true>(leaves);
  const bool fits = assign(leaves, max_length);
  find_ties();
  if (!fits) ties_end_ = 2 * size_;  // lengths were repaired in the order of the slots
  settle();
}

// Groups the slots by key, and finds the last group whose members differ in length.
void HuffmanCode::find_ties() {
  const int root = 2 * size_ - 2;
  ties_end_ = 0;
  for (int begin = 0, end = 0; begin <= root; begin = end) {
    bool uniform = true;
    for (end = begin + 1; end <= root && keys_[end] == keys_[begin]; ++end) {
      uniform = uniform && lengths_[popped_[end]] == lengths_[popped_[begin]];
    }
    std::fill(groups_end_.begin() + begin, groups_end_.begin() + end,
              static_cast<std::uint16_t>(end));
    if (!uniform) ties_end_ = end;
  }
}

// From the root down: flips_ becomes, for a node and its ancestors, how many slots are filled
// before a comparison changes; settled_ is whether they keep their order after ties_end_.
void HuffmanCode::settle() {
  const int root = 2 * size_ - 2;
  settled_[root] = true;
  for (int slot = root - 1; slot >= 0; --slot) {
    const int node = popped_[slot];
    flips_[node] = std::min(flips_[node], flips_[parent_[node]]);
    if (slot < ties_end_) {
      settled_[slot] = settled_[slots_[parent_[node]]];
      continue;
    }
    const int last = groups_end_[slot] - 1;
    const std::uint32_t key = keys_[last] + (1U << kHeightBits);
    int next = last + 1;
    if (keys_[next] < key && last % 2 == 0) ++next;
    settled_[slot] = keys_[next] >= key &&
                     (keys_[next] > key || lengths_[popped_[next]] == lengths_[popped_[last]]) &&
                     settled_[slots_[size_ + last / 2]];
  }
}

// Moves the node at `at` down to where neither child precedes it. Ties are zlib's.
template <>
void HuffmanCode::sift_down<false>(int at, int size) {
  const std::uint32_t node = heap_[at];
  heap_[size + 1] = UINT32_MAX;  // a child that no other follows
  for (int child = 2 * at; child <= size; child = 2 * at) {
    const std::uint32_t left = heap_[child];
    const std::uint32_t right = heap_[child + 1];
    const bool goes_right = precedes(right, left);
    const std::uint32_t least = goes_right ? right : left;
    if (precedes(node, least)) break;
    heap_[at] = least;
    at = child + (goes_right ? 1 : 0);
  }
  heap_[at] = node;
}

// Moves the node down like sift_down<false>(), and notes for each winner of a comparison if one
// more would have lost it.
template <>
void HuffmanCode::sift_down<true>(int at, int size) {
  const auto compare = [this](std::uint32_t a, std::uint32_t b) {
    const bool first = precedes(a, b);
    std::uint16_t& flips = flips_[index_of(first ? a : b)];
    if (first ? is_tight(a, b, false) : is_tight(b, a, true)) flips = std::min(flips, decided_);
    return first;
  };
  const std::uint32_t node = heap_[at];
  for (int child = 2 * at; child <= size; child = 2 * at) {
    if (child < size) child += compare(heap_[child + 1], heap_[child]) ? 1 : 0;
    if (compare(node, heap_[child])) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = node;
}

template <bool kLookAhead>
void HuffmanCode::pop(int slot, std::uint32_t node) {
  popped_[slot] = static_cast<std::uint16_t>(index_of(node));
  if constexpr (kLookAhead) {
    keys_[slot] = node >> kIndexBits;
    slots_[index_of(node)] = static_cast<std::uint16_t>(slot);
  }
}

template <bool kLookAhead>
void HuffmanCode::merge(std::span<const Leaf> leaves) {
  assert(leaves.size() >= 2 && leaves.size() <= kMaxLeaves);
  size_ = static_cast<int>(leaves.size());
  int size = size_;
  for (int i = 0; i < size; ++i) heap_[i + 1] = pack(leaves[i].count, 0, static_cast<unsigned>(i));
  decided_ = 0;
  for (int at = size / 2; at >= 1; --at) sift_down<kLookAhead>(at, size);
  int order = 0;
  for (int node = size_; size >= 2; ++node) {
    const std::uint32_t least = heap_[1];
    heap_[1] = heap_[size--];
    decided_ = static_cast<std::uint16_t>(order + 1);
    sift_down<kLookAhead>(1, size);
    const std::uint32_t next = heap_[1];
    pop<kLookAhead>(order++, least);
    pop<kLookAhead>(order++, next);
    decided_ = static_cast<std::uint16_t>(order);
    parent_[index_of(least)] = parent_[index_of(next)] = static_cast<std::uint16_t>(node);
    heap_[1] = pack(count_of(least) + count_of(next),
                    std::max(height_of(least), height_of(next)) + 1, static_cast<unsigned>(node));
    sift_down<kLookAhead>(1, size);
  }
  pop<kLookAhead>(order, heap_[1]);
}

// Gives each node one bit more than its parent, from the root down. Returns whether no code came
// out too long.
bool HuffmanCode::assign(std::span<const Leaf> leaves, int max_length) {
  std::array<int, kMaxBits + 1> counts{};  // leaves of each length
  int overflow = 0;
  bits_ = 0;
  lengths_[popped_[2 * size_ - 2]] = 0;
  for (int i = 2 * size_ - 3; i >= 0; --i) {
    const int node = popped_[i];
    int length = lengths_[parent_[node]] + 1;
    if (length > max_length) {
      length = max_length;
      ++overflow;
    }
    lengths_[node] = static_cast<std::uint8_t>(length);
    if (node >= size_) continue;
    ++counts[length];
    bits_ += static_cast<std::uint32_t>(leaves[node].count * length);
  }
  if (overflow == 0) return true;
  shorten(leaves, max_length, overflow, counts);
  return false;
}

// Where codes came out too long: moves leaves of the lowest full level down one by one until the
// lengths are a code again, and deals the new lengths out anew, the longest to those that left the
// heap first.
void HuffmanCode::shorten(std::span<const Leaf> leaves, int max_length, int overflow,
                          std::span<int> counts) {
  for (; overflow > 0; overflow -= 2) {
    int length = max_length - 1;
    while (counts[length] == 0) --length;
    --counts[length];
    counts[length + 1] += 2;
    --counts[max_length];
  }
  int i = 0;
  bits_ = 0;
  for (int length = max_length; length > 0; --length) {
    for (int left = counts[length]; left > 0;) {
      const int node = popped_[i++];
      if (node >= size_) continue;
      lengths_[node] = static_cast<std::uint8_t>(length);
      bits_ += static_cast<std::uint32_t>(leaves[node].count * length);
      --left;
    }
  }
}

int add_missing_leaves(Leaf* leaves, int count) {
  const int before = count;
  while (count < 2) {
    const int last = count == 0 ? -1 : leaves[count - 1].symbol;
    if (last < 2) {
      leaves[count] = {static_cast<std::uint16_t>(last + 1), 1};
    } else {
      leaves[1] = leaves[0];
      leaves[0] = {0, 1};
    }
    ++count;
  }
  return count - before;
}

void count_lengths(std::span<const Leaf> leaves, std::span<const std::uint8_t> lengths,
                   LengthCounts& counts) {
  int next = 0;  // the symbol after the run
  for (std::size_t i = 0; i < leaves.size();) {
    if (leaves[i].symbol != next) count_zeros(leaves[i].symbol - next, counts);
    const std::size_t begin = i++;
    while (i < leaves.size() && lengths[i] == lengths[begin] &&
           leaves[i].symbol == leaves[i - 1].symbol + 1) {
      ++i;
    }
    count_run(lengths[begin], static_cast<int>(i - begin), counts);
    next = leaves[i - 1].symbol + 1;
  }
}

std::uint32_t header_bits(const LengthCounts& counts) {
  std::array<Leaf, kLengthCodes + 2> leaves;
  int size = 0;
  for (int i = 0; i < kLengthCodes; ++i) {
    if (counts[i] != 0) leaves[size++] = {static_cast<std::uint16_t>(i), counts[i]};
  }
  const int added = add_missing_leaves(leaves.data(), size);
  size += added;
  HuffmanCode code;
  code.build({leaves.data(), static_cast<std::size_t>(size)}, kMaxLengthCodeLength);
  std::array<bool, kLengthCodes> listed{};
  for (int i = 0; i < size; ++i) listed[leaves[i].symbol] = true;
  int last = kLengthCodes - 1;
  while (last >= 4 && !listed[kOrder[last]]) --last;
  const std::uint32_t extra =
      2U * counts[kRepeat] + 3U * counts[kShortZeroRun] + 7U * counts[kLongZeroRun];
  return kSizeBits + 3U * static_cast<std::uint32_t>(last + 1) + code.bits() -
         static_cast<std::uint32_t>(added) + extra;
}

}  // namespace zipdream::deflate
