// SPDX-License-Identifier: Apache-2.0
// Probabilities and their logits, in integers. A probability p of a binary decision is a multiple
// of 2^-16; its logit, ln(p / (1 - p)), is a multiple of 1/256. The tables are made by the compiler
// from additions, multiplications and divisions of IEEE doubles alone, so they are the same
// everywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace zipdream {

inline constexpr std::int32_t kMaxLogit = 2047;  // 8 nats: p = 1 - 1/2980

namespace logistic {

constexpr std::array<std::uint16_t, 2 * kMaxLogit + 1> squash_table() {
  double step = 1;  // e^(-1/256), by its series
  double term = 1;
  for (int n = 1; n < 9; ++n) {
    term *= -1.0 / 256 / n;
    step += term;
  }
  std::array<std::uint16_t, 2 * kMaxLogit + 1> table{};
  double power = 1;  // e^(-logit)
  for (std::size_t logit = 0; logit <= kMaxLogit; ++logit) {
    const auto p = static_cast<std::uint16_t>(65536 / (1 + power) + 0.5);
    table[kMaxLogit + logit] = p;
    table[kMaxLogit - logit] = static_cast<std::uint16_t>(65536 - p);
    power *= step;
  }
  return table;
}

inline constexpr auto kSquash = squash_table();

// The inverse at the middle of each of 4096 steps.
constexpr std::array<std::int16_t, 4096> stretch_table() {
  std::array<std::int16_t, 4096> table{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    while (at + 1 < kSquash.size() && kSquash[at] < 16 * i + 8) ++at;
    table[i] = static_cast<std::int16_t>(static_cast<int>(at) - kMaxLogit);
  }
  return table;
}

inline constexpr auto kStretch = stretch_table();

}  // namespace logistic

// The probability of a logit, in 2^-16: at least 21, at most 65536 - 21. Logits beyond kMaxLogit
// count as that.
[[nodiscard]] inline std::int32_t squash(std::int32_t logit) {
  const std::int32_t place = std::clamp(logit, -kMaxLogit, kMaxLogit) + kMaxLogit;
  return logistic::kSquash[static_cast<std::size_t>(place)];
}

// The logit of a probability. REQUIRES: 0 <= p < 2^16.
[[nodiscard]] inline std::int16_t stretch(std::int32_t p) {
  return logistic::kStretch[static_cast<std::size_t>(p) >> 4];
}

}  // namespace zipdream
