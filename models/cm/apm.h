// SPDX-License-Identifier: Apache-2.0
// Refines a probability by what came of it: in each situation, for each of 32 logits, the share of
// ones there really was; between them it interpolates (adaptive probability maps, secondary symbol
// estimation). Situations that come up together stand in blocks, so that memory is asked for all of
// them at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/cm/logistic.h"
#include "models/paged_array.h"

namespace zipdream {

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

  // What the cells say before they have learnt anything: the probability itself.
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

}  // namespace zipdream
