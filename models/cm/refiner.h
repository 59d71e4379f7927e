// SPDX-License-Identifier: Apache-2.0
// Refines a probability by what came of it: in each situation, for each of 32 logits, the share of
// ones there really was; between them it interpolates (adaptive probability maps, secondary symbol
// estimation).
#pragma once

#include <array>
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
  // REQUIRES: |logit| <= kMaxLogit.
  [[nodiscard]] Refined refine(std::size_t situation, std::int32_t logit) const {
    const auto scaled = static_cast<std::uint32_t>(logit + kMaxLogit) * (kSteps - 1);
    const std::size_t step = scaled / kStepSize;
    const auto part = static_cast<std::int32_t>(scaled % kStepSize);
    const std::size_t first = situation * kSteps + step;
    const std::int32_t p =
        (value(first) * (kStepSize - part) + value(first + 1) * part) / kStepSize;
    return {p, part < kStepSize / 2 ? first : first + 1};
  }

  // That situation, or the other of an even one and the next, will be asked about soon.
  [[gnu::always_inline]] void prefetch(std::size_t situation) const {
    const std::size_t first = situation / 2 * 2 * kSteps;
    cells_.prefetch(first);
    cells_.prefetch(first + kSteps);
  }

  void learn(std::size_t cell, bool bit) {
    const std::int32_t old = value(cell);
    const std::int32_t moved = old + (((bit ? 65535 : 0) - old + (1 << kRate >> 1)) >> kRate);
    cells_.edit(cell) = static_cast<std::uint16_t>(moved - start(cell));
  }

 private:
  static constexpr std::size_t kSteps = 32;  // of two bytes: a cache line
  static constexpr std::int32_t kStepSize = 2 * kMaxLogit + 1;
  static constexpr int kRate = 6;

  // What the cells say before they have learnt anything: the probability itself.
  static constexpr std::array<std::uint16_t, kSteps> starts() {
    std::array<std::uint16_t, kSteps> starts{};
    for (std::size_t i = 0; i < kSteps; ++i) {
      starts[i] = logistic::kSquash[i * 2 * kMaxLogit / (kSteps - 1)];
    }
    return starts;
  }
  static std::int32_t start(std::size_t cell);
  [[nodiscard]] std::int32_t value(std::size_t cell) const {
    return static_cast<std::uint16_t>(cells_[cell] + start(cell));
  }

  PagedArray<std::uint16_t> cells_;  // how far they have come from start(), modulo 2^16
};

inline std::int32_t Refiner::start(std::size_t cell) {
  static constexpr auto kStarts = starts();
  return kStarts[cell % kSteps];
}

}  // namespace zipdream
