// SPDX-License-Identifier: Apache-2.0
// Refines a probability by what came of it: in each situation, for each of 33 logits, the share of
// ones there really was; between them it interpolates (adaptive probability maps, secondary symbol
// estimation).
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/cm/logistic.h"
#include "models/paged_array.h"

namespace zipdream {

// Threads: as a standard container.
class Refiner {
 public:
  explicit Refiner(std::size_t situations) : cells_(situations * kSteps) {}

  struct Refined {
    std::int32_t p;    // in 2^-16, 1 to 65535
    std::size_t cell;  // that learns
  };
  [[nodiscard]] Refined refine(std::size_t situation, std::int32_t logit) const {
    const auto above = static_cast<std::size_t>(logit + kMaxLogit + 1);
    const std::size_t step = above / kStepSize;
    const auto part = static_cast<std::int32_t>(above % kStepSize);
    const std::size_t first = situation * kSteps + step;
    const std::int32_t p =
        (value(first) * (kStepSize - part) + value(first + 1) * part) / kStepSize;
    return {p, part < kStepSize / 2 ? first : first + 1};
  }

  void learn(std::size_t cell, bool bit) {
    const std::int32_t old = value(cell);
    const std::int32_t moved = old + (((bit ? 65535 : 0) - old + (1 << kRate >> 1)) >> kRate);
    cells_.edit(cell) = static_cast<std::uint16_t>(moved - start(cell));
  }

 private:
  static constexpr std::int32_t kStepSize = 128;
  static constexpr std::size_t kSteps = 33;
  static constexpr int kRate = 6;

  // What a cell says before it has learnt anything: the probability itself.
  static std::int32_t start(std::size_t cell) {
    return squash((static_cast<std::int32_t>(cell % kSteps) - 16) * kStepSize);
  }
  [[nodiscard]] std::int32_t value(std::size_t cell) const {
    return static_cast<std::uint16_t>(cells_[cell] + start(cell));
  }

  PagedArray<std::uint16_t> cells_;  // how far they have come from start(), modulo 2^16
};

}  // namespace zipdream
