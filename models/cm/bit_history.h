// SPDX-License-Identifier: Apache-2.0
// What a context has seen of one binary decision, in a byte.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace zipdream::cm {

// The bits themselves up to four; then about how many zeros, about how many ones, and which came
// last. Old news fades: when a bit comes, the count of the other one drops, so that a history
// describes what a context does now rather than what it did on average. Which histories there are
// is a matter of limits: a long run of one bit is remembered with few of the other. (After the
// nonstationary states of Mahoney's PAQ; the limits are our own.)
using BitHistory = std::uint8_t;  // 0: nothing seen

namespace bit_history {

// With k of the rarer bit, at most kMaxOther[k] of the other.
constexpr auto kMaxOther = std::to_array<int>({30, 16, 12, 9, 7, 6, 6});
constexpr int kWholeBits = 4;  // as long as a history is remembered bit by bit

struct State {
  int zeros = 0;
  int ones = 0;
  int bits = 0;  // those seen, as a number behind a 1, while they are at most kWholeBits; else 0
  int last = 0;

  friend constexpr bool operator==(const State&, const State&) = default;
};

struct Table {
  std::array<std::array<BitHistory, 2>, 256> next{};  // [history][bit]
  std::array<State, 256> states{};
  std::array<std::uint8_t, 256> times_seen{};    // about how many bits
  std::array<std::uint8_t, 256> is_one_sided{};  // 1: it has seen only zeros, or only ones, or none
  std::size_t size = 0;
};

constexpr bool is_allowed(int a, int b) {
  const int rarer = std::min(a, b);
  return rarer < static_cast<int>(kMaxOther.size()) &&
         std::max(a, b) <= kMaxOther[static_cast<std::size_t>(rarer)];
}

// What remains of n of one bit when the other comes.
constexpr int remains(int n) {
  if (n <= 2) return n;
  if (n <= 4) return 3;
  if (n <= 8) return 4;
  return n <= 20 ? 5 : 6;
}

constexpr State after(const State& state, int bit) {
  const bool is_whole = state.bits != 0 && state.bits < 1 << kWholeBits;
  int own = (bit != 0 ? state.ones : state.zeros) + 1;
  int other = bit != 0 ? state.zeros : state.ones;
  if (!is_whole) other = remains(other);
  while (!is_allowed(own, other)) --(own > 1 ? own : other);
  State result = {bit != 0 ? other : own, bit != 0 ? own : other, 0, bit};
  if (is_whole) result.bits = 2 * state.bits + bit;
  return result;
}

constexpr Table make_table() {
  Table table;
  const auto number_of = [&](const State& state) {
    std::size_t number = 0;
    while (number < table.size && !(table.states[number] == state)) ++number;
    if (number == table.size) table.states.at(table.size++) = state;  // throws beyond 256
    return static_cast<BitHistory>(number);
  };
  number_of({.bits = 1});
  for (std::size_t i = 0; i < table.size; ++i) {
    const State state = table.states[i];
    table.times_seen[i] = static_cast<std::uint8_t>(state.zeros + state.ones);
    table.is_one_sided[i] = state.zeros == 0 || state.ones == 0 ? 1 : 0;
    for (const int bit : {0, 1})
      table.next[i][static_cast<std::size_t>(bit)] = number_of(after(state, bit));
  }
  return table;
}

inline constexpr Table kTable = make_table();

}  // namespace bit_history

// The history after one more bit.
[[nodiscard]] inline BitHistory history_after(BitHistory history, bool bit) {
  return bit_history::kTable.next[history][bit ? 1 : 0];
}

}  // namespace zipdream::cm
