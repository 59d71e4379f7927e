// SPDX-License-Identifier: Apache-2.0
// Between probabilities and logits, and the probability that learns: the arithmetic that all parts
// of context mixing share, in integers alone.
//
// A probability p of a binary decision is a multiple of 2^-16; its logit, ln(p / (1 - p)), is a
// multiple of 1/256. The tables are made by the compiler from additions, multiplications and
// divisions of IEEE doubles alone, so they are the same everywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace zipdream::cm {

inline constexpr std::int32_t kMaxInput = 2047;  // of what goes into a mixer: 8 nats
inline constexpr std::int32_t kInputScale = 8;   // a mixer's inputs are multiples of 1/2048
inline constexpr std::int32_t kMaxLogit = 3071;  // of what is mixed at last: 12 nats

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
    const double p = 65536 / (1 + power) + 0.5;
    table[kMaxLogit + logit] = static_cast<std::uint16_t>(p < 65535 ? p : 65535);
    table[kMaxLogit - logit] = static_cast<std::uint16_t>(65536 - table[kMaxLogit + logit]);
    power *= step;
  }
  return table;
}

inline constexpr auto kSquash = squash_table();

// The inverse of kSquash at the middle of each of 4096 steps, at most kMaxInput.
constexpr std::array<std::int16_t, 4096> stretch_table() {
  std::array<std::int16_t, 4096> table{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    while (at + 1 < kSquash.size() && kSquash[at] < 16 * i + 8) ++at;
    const int logit = static_cast<int>(at) - kMaxLogit;
    table[i] = static_cast<std::int16_t>(std::clamp(logit, -kMaxInput, kMaxInput));
  }
  return table;
}

// The same as what goes into a mixer.
constexpr std::array<std::int16_t, 4096> input_table() {
  std::array<std::int16_t, 4096> table = stretch_table();
  for (std::int16_t& value : table) value = static_cast<std::int16_t>(value * kInputScale);
  return table;
}

inline constexpr auto kInput = input_table();

}  // namespace logistic

// The probability of a logit, in 2^-16: 1 to 65535. REQUIRES: |logit| <= kMaxLogit.
[[nodiscard]] inline std::int32_t squash(std::int32_t logit) {
  assert(logit >= -kMaxLogit && logit <= kMaxLogit);
  const std::int32_t place = logit + kMaxLogit;
  return logistic::kSquash[static_cast<std::size_t>(place)];
}

// The logit of a probability as an input of a mixer: at most kMaxInput x kInputScale either way.
// REQUIRES: 0 <= p < 2^16.
[[nodiscard]] inline std::int16_t stretch_input(std::int32_t p) {
  return logistic::kInput[static_cast<std::size_t>(p) >> 4];
}

// A probability of a binary decision that moves towards each bit that comes, first fast, then
// slowly: after n bits by 1 / (n + 1.6) of the difference, until n reaches a limit.
class AdaptiveProbability {
 public:
  static constexpr std::uint32_t kMaxLimit = 1023;

  AdaptiveProbability() = default;

  // As if it were `ones` / `all`, from `count` bits. REQUIRES: 0 < ones < all < 2^10; count <=
  // kMaxLimit.
  static constexpr AdaptiveProbability of(std::uint32_t ones, std::uint32_t all,
                                          std::uint32_t count) {
    AdaptiveProbability made;
    made.value_ = kOne / all * ones << kCountBits | count;
    return made;
  }

  // In 2^-16; below 2^16.
  [[nodiscard]] std::int32_t p() const { return static_cast<std::int32_t>(value_ >> 16); }

  // REQUIRES: limit <= kMaxLimit.
  [[gnu::always_inline]] void learn(bool bit, std::uint32_t limit) {
    assert(limit <= kMaxLimit);
    const std::uint32_t count = value_ & kMaxLimit;
    const std::int32_t difference =
        (bit ? std::int32_t{kOne} : 0) - static_cast<std::int32_t>(value_ >> kCountBits);
    // In 2^-32, modulo 2^32: the result lies between the probability and the bit.
    const std::uint32_t moved = static_cast<std::uint32_t>(difference >> 4) * rate_after(count);
    value_ += (moved & ~kMaxLimit) + (count < limit ? 1 : 0);
  }

 private:
  static constexpr int kCountBits = 10;
  static constexpr int kRateBits = 14;
  static constexpr std::int32_t kOne = (1 << 22) - 1;

  // The part of the difference, in 2^-14, that one more bit moves the probability by. (With the 4
  // bits that the difference is cut by and the 10 of the count that makes 2^-32.)
  static constexpr std::array<std::uint16_t, kMaxLimit + 1> rates() {
    std::array<std::uint16_t, kMaxLimit + 1> rates{};
    for (std::uint32_t n = 0; n < rates.size(); ++n) {
      rates[n] = static_cast<std::uint16_t>((10U << kRateBits) / (10 * n + 16));
    }
    return rates;
  }
  static std::uint32_t rate_after(std::uint32_t count);

  std::uint32_t value_ = 1U << 31;  // the probability in 2^-22, then the count
};

inline std::uint32_t AdaptiveProbability::rate_after(std::uint32_t count) {
  static constexpr auto kRates = rates();
  return kRates[count];
}

}  // namespace zipdream::cm
