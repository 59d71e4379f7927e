// SPDX-License-Identifier: Apache-2.0
// How a model knows where a token stands: something added to its embedding, or its queries and keys
// rotated by angles that grow with the position.
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

  // Adds to the embedding of the token at `position`. REQUIRES: x.size() == hidden_size.
  void add(std::size_t position, std::span<float> x) const;

  // cos and sin of the angle of each pair of a head's dimensions, one after the other; empty unless
  // kRotary.
  [[nodiscard]] std::vector<float> cos_sin(std::size_t position) const;

  // Rotates one head by cos_sin() of its position, which may be empty.
  static void rotate(std::span<const float> cos_sin, std::span<float> head);

 private:
  LmConfig::Positions kind_;
  const LmWeights& weights_;
  // Radians per position: (head_dim / 2), or (hidden_size / 2, rounded up).
  std::vector<double> frequencies_;
};

}  // namespace zipdream
