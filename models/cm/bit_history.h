// SPDX-License-Identifier: Apache-2.0
// What a context has seen of one binary decision, in a byte: about how many zeros, about how many
// ones, and which came last. Old news fades: when a bit comes, the count of the other one drops, so
// that a history says what a context does now rather than what it did on average. Which histories
// there are is a matter of limits: a long run of one bit is remembered with few of the other.
// (After the nonstationary states of Mahoney's PAQ; the limits are our own.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace zipdream {

using BitHistory = std::uint8_t;  // 0: nothing seen

namespace bit_history {

// With k of the rarer bit, at most kMost[k] of the other.
constexpr auto kMost = std::to_array<int>({40, 30, 12, 7, 5, 4});
// What remains of n of one bit when the other comes; of more than that, the last.
constexpr auto kRemains = std::to_array<int>({0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7});

struct Counts {
  int zeros = 0;
  int ones = 0;
  bool last = false;  // false where one of the counts is zero: it says nothing there
};

struct Table {
  std::array<std::array<BitHistory, 2>, 256> next{};  // [history][bit]
  std::array<Counts, 256> counts{};
  std::array<std::uint8_t, 256> is_one_sided{};  // 1: it has seen only zeros, or only ones
  std::size_t size = 0;
};

constexpr bool is_allowed(int a, int b) {
  const int rarer = a < b ? a : b;
  const int other = a < b ? b : a;
  return rarer < static_cast<int>(kMost.size()) && other <= kMost[static_cast<std::size_t>(rarer)];
}

constexpr Counts after(Counts counts, bool bit) {
  int own = (bit ? counts.ones : counts.zeros) + 1;
  int other = bit ? counts.zeros : counts.ones;
  const auto most = static_cast<int>(kRemains.size()) - 1;
  other = kRemains[static_cast<std::size_t>(other < most ? other : most)];
  while (!is_allowed(own, other)) {
    if (other > 0 && own <= other) {
      --other;
    } else {
      --own;
      if (!is_allowed(own, other) && other > 0) --other;
    }
  }
  return {bit ? other : own, bit ? own : other, own > 0 && other > 0 && bit};
}

constexpr Table make_table() {
  constexpr std::size_t kSide = kMost[0] + 1;
  std::array<std::array<std::array<int, 2>, kSide>, kSide> known{};  // their number + 1, or 0
  Table table;
  const auto number_of = [&](const Counts& counts) {
    int& number = known[static_cast<std::size_t>(counts.zeros)]
                       [static_cast<std::size_t>(counts.ones)][counts.last ? 1 : 0];
    if (number == 0) {
      table.counts.at(table.size) = counts;  // no room for more would be an error of the compiler
      number = static_cast<int>(++table.size);
    }
    return static_cast<BitHistory>(number - 1);
  };
  number_of({});
  for (std::size_t i = 0; i < table.size; ++i) {
    const Counts& seen = table.counts[i];
    table.is_one_sided[i] = i > 0 && (seen.zeros == 0 || seen.ones == 0) ? 1 : 0;
    for (const bool bit : {false, true}) {
      table.next[i][bit ? 1 : 0] = number_of(after(table.counts[i], bit));
    }
  }
  return table;
}

inline constexpr Table kTable = make_table();

}  // namespace bit_history

// The history after one more bit.
[[nodiscard]] inline BitHistory history_after(BitHistory history, bool bit) {
  return bit_history::kTable.next[history][bit ? 1 : 0];
}

}  // namespace zipdream
