// SPDX-License-Identifier: Apache-2.0
// How a model knows where a token stands: something added to its embedding, or its queries and keys
// turned by angles that grow with the position.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/weights.h"

namespace zipdream {

// Threads: immutable.
class Positions {
 public:
  // REQUIRES: check_config() passed; `weights` outlives it.
  Positions(const LmConfig& config, const LmWeights& weights);

  // Adds to the embedding of the token at `position`. REQUIRES: x.size() == width.
  void add(std::size_t position, std::span<float> x) const;

  // cos and sin of each pair of a head's dimensions, in turn; empty unless kRotary.
  [[nodiscard]] std::vector<float> turns(std::size_t position) const;

  // Turns one head by turns() of its position, which may be empty.
  static void turn(std::span<const float> turns, std::span<float> head);

 private:
  LmConfig::Positions kind_;
  const LmWeights& weights_;
  std::vector<double> speeds_;  // radians per position: (head_size / 2) or (width / 2, rounded up)
};

}  // namespace zipdream
