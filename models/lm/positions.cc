// SPDX-License-Identifier: Apache-2.0
#include "models/lm/positions.h"

#include <cassert>

#include "base/portable_math.h"
#include "models/lm/rope_config.h"

namespace zipdream {
Positions::Positions(const LmConfig& config, const LmWeights& weights)
    : kind_(config.positions), weights_(weights) {
  if (kind_ == LmConfig::Positions::kSinusoidal) {
    waves_ = rope_frequencies(config.rope.theta, config.hidden_size);
  }
  if (kind_ != LmConfig::Positions::kRotary) return;
  rotation_ = rotation_of(config.rope, config);
  local_rotation_ = rotation_of(config.local_rope, config);
}

Positions::Rotation Positions::rotation_of(const RopeConfig& rope, const LmConfig& config) {
  Rotation rotation{rope_frequencies(rope.theta, rope.dim == 0 ? config.head_dim : rope.dim),
                    rope.magnitude};
  for (std::size_t i = 0; i < rotation.frequencies.size(); ++i) {
    double& frequency = rotation.frequencies[i];
    if (!rope.divisors.empty()) frequency /= rope.divisors[i];
    frequency = static_cast<float>(frequency);  // as the models were trained
  }
  return rotation;
}

void Positions::add(std::size_t position, std::span<float> x) const {
  if (kind_ == LmConfig::Positions::kLearned) {
    const float* const row = &weights_.positions[position * x.size()];
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += row[i];
  }
  if (kind_ != LmConfig::Positions::kSinusoidal) return;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    const SinCos wave = portable_sin_cos(static_cast<double>(position) * waves_[i / 2]);
    x[i] += static_cast<float>(wave.sin);
    if (i + 1 < x.size()) x[i + 1] += static_cast<float>(wave.cos);
  }
}

std::vector<float> Positions::cos_sin(std::size_t position, bool local) const {
  const Rotation& by = local ? local_rotation_ : rotation_;
  std::vector<float> cos_sin;
  cos_sin.reserve(2 * by.frequencies.size());
  for (const double frequency : by.frequencies) {
    const float angle = static_cast<float>(position) * static_cast<float>(frequency);
    const SinCos rotation = portable_sin_cos(angle);
    cos_sin.push_back(static_cast<float>(rotation.cos) * by.magnitude);
    cos_sin.push_back(static_cast<float>(rotation.sin) * by.magnitude);
  }
  return cos_sin;
}

void Positions::rotate(std::span<const float> cos_sin, std::span<float> head) {
  assert(cos_sin.size() <= head.size());
  const std::size_t half = cos_sin.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const float cos = cos_sin[2 * i];
    const float sin = cos_sin[2 * i + 1];
    const float a = head[i];
    const float b = head[i + half];
    head[i] = a * cos - b * sin;
    head[i + half] = b * cos + a * sin;
  }
}

}  // namespace zipdream
