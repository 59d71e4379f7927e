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

  // cos and sin of the angle of each pair of a head's rotated dimensions, one after the other, in
  // layers that rotate by config.rope, or by config.local_rope; empty unless kRotary.
  [[nodiscard]] std::vector<float> cos_sin(std::size_t position, bool local = false) const;

  // Rotates one head by cos_sin() of its position: of its first cos_sin.size() dimensions each of
  // the first half together with its fellow in the second.
  static void rotate(std::span<const float> cos_sin, std::span<float> head);

 private:
  struct Rotation {
    std::vector<double> frequencies;  // radians per position: (rotated dimensions / 2)
    float magnitude = 1;
  };
  static Rotation rotation_of(const RopeConfig& rope, const LmConfig& config);

  LmConfig::Positions kind_;
  const LmWeights& weights_;
  std::vector<double> waves_;  // kSinusoidal: radians per position: (hidden_size / 2, rounded up)
  Rotation rotation_;
  Rotation local_rotation_;
};

}  // namespace zipdream
