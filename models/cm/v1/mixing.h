// SPDX-License-Identifier: Apache-2.0
// The arithmetic of context mixing, in integers alone. In the order in which a decision passes
// through:
//
//   squash(), stretch()   between probabilities and logits
//   AdaptiveProbability   the probability of a one after some history
//   Mixer                 many logits, weighted by who was right before
//   Apm                   a correction of the result by what came of such results
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
#include <vector>

#include "models/paged_array.h"

namespace zipdream::cm_v1 {

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

// The inverse of kSquash at the middle of each of 4096 steps.
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
// count as kMaxLogit.
[[nodiscard]] inline std::int32_t squash(std::int32_t logit) {
  const std::int32_t place = std::clamp(logit, -kMaxLogit, kMaxLogit) + kMaxLogit;
  return logistic::kSquash[static_cast<std::size_t>(place)];
}

// The logit of a probability. REQUIRES: 0 <= p < 2^16.
[[nodiscard]] inline std::int16_t stretch(std::int32_t p) {
  return logistic::kStretch[static_cast<std::size_t>(p) >> 4];
}

// A probability of a binary decision that moves towards each bit that comes, first fast, then
// slowly: after n bits by 1 / (n + 3/2) of the difference, which is the mean of all bits, until n
// reaches a limit.
class AdaptiveProbability {
 public:
  static constexpr std::uint32_t kMaxLimit = 1023;

  AdaptiveProbability() = default;

  // As if ones / bits had been the share of ones, with the weight of `count` bits.
  static constexpr AdaptiveProbability of(std::uint32_t ones, std::uint32_t bits,
                                          std::uint32_t count) {
    AdaptiveProbability made;
    made.value_ = (kOne * (2 * ones + 1) / (2 * bits + 2)) << kCountBits | count;
    return made;
  }

  // In 2^-16; below 2^16.
  [[nodiscard]] std::int32_t p() const { return static_cast<std::int32_t>(value_ >> 16); }

  // REQUIRES: limit <= kMaxLimit.
  void learn(bool bit, std::uint32_t limit) {
    assert(limit <= kMaxLimit);
    const std::uint32_t count = value_ & kMaxLimit;
    const auto p = static_cast<std::int64_t>(value_ >> kCountBits);
    const std::int64_t difference = (bit ? std::int64_t{kOne} : 0) - p;
    const auto moved =
        static_cast<std::uint32_t>(p + (difference * rate_after(count) >> kRateBits));
    value_ = moved << kCountBits | (count < limit ? count + 1 : limit);
  }

 private:
  static constexpr int kCountBits = 10;
  static constexpr int kRateBits = 16;
  static constexpr std::uint32_t kOne = (1U << 22) - 1;

  // The part of the difference, in 2^-16, that one more bit moves the probability by.
  static constexpr std::array<std::int32_t, kMaxLimit + 1> rates() {
    std::array<std::int32_t, kMaxLimit + 1> rates{};
    for (std::int32_t n = 0; n < static_cast<std::int32_t>(rates.size()); ++n) {
      rates[static_cast<std::size_t>(n)] = (2 << kRateBits) / (2 * n + 3);
    }
    return rates;
  }
  static std::int32_t rate_after(std::uint32_t count);

  std::uint32_t value_ = 1U << 31;  // the probability in 2^-22, then the count
};

inline std::int32_t AdaptiveProbability::rate_after(std::uint32_t count) {
  static constexpr auto kRates = rates();
  return kRates[count];
}

// Logits, at most kMaxLogit either way; fixed in number, so that the loops over them have no ends.
inline constexpr std::size_t kMixerInputs = 16;
using MixerInputs = std::array<std::int16_t, kMixerInputs>;

// Logistic mixing: a weighted sum of logits is a logit again, and weights that follow the error
// downhill (online logistic regression) come to trust whichever input deserves it. A mixer has a
// row of weights for each situation; several mixers with situations of different kinds see the same
// inputs, and their results are mixed once more (Mattern and Mahoney's networks, as in lpaq).
// Threads: as a standard container.
class Mixer {
 public:
  // All weights begin at `weight`.
  Mixer(std::size_t rows, double weight)
      : weights_(rows, Row(static_cast<std::int32_t>(weight * kOne))) {}

  // The mixed logit, bounded.
  [[nodiscard]] std::int32_t mix(const MixerInputs& inputs, std::size_t row) const;

  // Moves the weights of a row: by input x step / 2^28 each. REQUIRES: |step| < 2^15.
  void learn(const MixerInputs& inputs, std::size_t row, std::int32_t step);

 private:
  static constexpr int kOneBits = 28;  // weights are multiples of 2^-28, below 4
  static constexpr std::int32_t kOne = 1 << kOneBits;

  struct Row {
    explicit Row(std::int32_t weight) { weights.fill(weight); }
    std::array<std::int32_t, kMixerInputs> weights;
  };

  std::vector<Row> weights_;
};

// Refines a probability by what came of it: in each situation, for each of 32 logits, the share of
// ones there really was; between them it interpolates (an adaptive probability map, also called
// secondary symbol estimation). Situations that come up together stand in blocks, so that memory is
// asked for all of them at once.
// Threads: as a standard container.
class Apm {
 public:
  static constexpr std::size_t kBlock = 16;  // situations

  explicit Apm(std::size_t blocks) : cells_(blocks * kBlockCells) {}

  // Valid until the next learn().
  struct Block {
    std::size_t first;           // of its cells
    const std::uint16_t* cells;  // (kBlock, kSteps)
  };
  // REQUIRES: block is below the number of blocks.
  [[nodiscard]] Block block(std::size_t block) const {
    const std::size_t first = block * kBlockCells;
    return {first, cells_.items(first, kBlockCells).data()};
  }

  // A situation of that block will be asked about soon.
  [[gnu::always_inline]] static void prefetch(const Block& block, std::size_t situation) {
    __builtin_prefetch(block.cells + situation * kSteps);
  }

  struct Refined {
    std::int32_t p;    // in 2^-16, 1 to 65535
    std::size_t cell;  // that learns
  };
  // REQUIRES: situation < kBlock; |logit| <= kMaxLogit.
  [[nodiscard]] static Refined refine(const Block& block, std::size_t situation,
                                      std::int32_t logit) {
    const auto scaled = static_cast<std::uint32_t>(logit + kMaxLogit) * (kSteps - 1);
    const std::size_t step = scaled / kStepSize;
    const auto part = static_cast<std::int32_t>(scaled % kStepSize);
    const std::uint16_t* const cells = block.cells + situation * kSteps + step;
    const std::int32_t p =
        (value(cells[0], step) * (kStepSize - part) + value(cells[1], step + 1) * part) / kStepSize;
    const std::size_t nearer = part < kStepSize / 2 ? 0 : 1;
    return {p, block.first + situation * kSteps + step + nearer};
  }

  void learn(std::size_t cell, bool bit) {
    std::uint16_t& stored = cells_.edit(cell);
    const std::int32_t old = value(stored, cell % kSteps);
    const std::int32_t moved = old + (((bit ? 65535 : 0) - old + (1 << kRate >> 1)) >> kRate);
    stored = static_cast<std::uint16_t>(moved - start(cell % kSteps));
  }

 private:
  static constexpr std::size_t kSteps = 32;  // of two bytes: a cache line
  static constexpr std::size_t kBlockCells = kBlock * kSteps;
  static constexpr std::int32_t kStepSize = 2 * kMaxLogit + 1;
  static constexpr int kRate = 6;

  // The values of the cells before they have learned anything: the probability itself.
  static constexpr std::array<std::uint16_t, kSteps> starts() {
    std::array<std::uint16_t, kSteps> starts{};
    for (std::size_t i = 0; i < kSteps; ++i) {
      starts[i] = logistic::kSquash[i * 2 * kMaxLogit / (kSteps - 1)];
    }
    return starts;
  }
  static std::int32_t start(std::size_t step);
  static std::int32_t value(std::uint16_t stored, std::size_t step) {
    return static_cast<std::uint16_t>(stored + start(step));
  }

  PagedArray<std::uint16_t> cells_;  // how far they have come from start(), modulo 2^16
};

inline std::int32_t Apm::start(std::size_t step) {
  static constexpr auto kStarts = starts();
  return kStarts[step];
}

}  // namespace zipdream::cm_v1
