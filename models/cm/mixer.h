// SPDX-License-Identifier: Apache-2.0
// Logistic mixing: a weighted sum of logits is a logit again, and weights that follow the error
// downhill (online logistic regression) come to trust whoever deserves it. A mixer has a row of
// weights for each situation; several mixers with situations of different kinds see the same
// inputs, and what they say is mixed once more (Mattern and Mahoney's networks, as in lpaq).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/cm/logistic.h"

namespace zipdream {

// Logits, at most kMaxLogit either way; fixed in number, so that the loops over them have no ends.
inline constexpr std::size_t kMixerInputs = 16;
using MixerInputs = std::array<std::int16_t, kMixerInputs>;

// Threads: as a standard container.
class Mixer {
 public:
  // All weights begin at `weight`.
  Mixer(std::size_t rows, double weight)
      : weights_(rows, Row(static_cast<std::int32_t>(weight * kOne))) {}

  // The mixed logit, bounded.
  [[nodiscard]] std::int32_t mix(const MixerInputs& inputs, std::size_t row) const;

  // Moves the weights of a row: by input x step / 2^28 each.
  // REQUIRES: |step| < 2^15.
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

}  // namespace zipdream
