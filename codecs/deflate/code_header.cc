// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/code_header.h"

#include <algorithm>

namespace zipdream::deflate {
namespace {

constexpr int kRepeat = 16;     // the length before, 3 to 6 times
constexpr int kFewZeros = 17;   // 3 to 10
constexpr int kManyZeros = 18;  // 11 to 138
constexpr int kLongestLengthCode = 7;
constexpr std::uint32_t kSizes =
    5 + 5 + 4;  // how many codes follow, in each of the three alphabets

// The order in which the third code's own lengths, 3 bits each, are listed; trailing zeros are not.
constexpr std::array<int, kLengthCodes> kOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};

void count_zeros(int run, LengthCounts& counts) {
  counts[kManyZeros] += static_cast<std::uint16_t>(run / 138);
  run %= 138;
  if (run >= 11) {
    ++counts[kManyZeros];
  } else if (run >= 3) {
    ++counts[kFewZeros];
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
  code.build({leaves.data(), static_cast<std::size_t>(size)}, kLongestLengthCode);
  std::array<bool, kLengthCodes> listed{};
  for (int i = 0; i < size; ++i) listed[leaves[i].symbol] = true;
  int last = kLengthCodes - 1;
  while (last >= 4 && !listed[kOrder[last]]) --last;
  const std::uint32_t extra =
      2U * counts[kRepeat] + 3U * counts[kFewZeros] + 7U * counts[kManyZeros];
  return kSizes + 3U * static_cast<std::uint32_t>(last + 1) + code.bits() -
         static_cast<std::uint32_t>(added) + extra;
}

}  // namespace zipdream::deflate
