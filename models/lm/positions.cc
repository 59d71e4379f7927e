// SPDX-License-Identifier: Apache-2.0
#include "models/lm/positions.h"

#include <cassert>
#include <numbers>

#include "base/portable_math.h"

namespace zipdream {
namespace {

// Llama 3.1: rotations that were slow in training are slowed by the factor, fast ones stay.
double scaled(double frequency, const RopeScaling& scaling) {
  const double rotations_in_training =
      scaling.original_context_length * frequency / (2 * std::numbers::pi);
  if (rotations_in_training > scaling.high_frequency_factor) return frequency;
  if (rotations_in_training < scaling.low_frequency_factor) return frequency / scaling.factor;
  const double share = (rotations_in_training - scaling.low_frequency_factor) /
                       (scaling.high_frequency_factor - scaling.low_frequency_factor);
  return (1 - share) * frequency / scaling.factor + share * frequency;
}

// base^(-2i / size).
std::vector<double> frequencies_of(double base, std::size_t size) {
  const double log2_base = portable_log2(base);
  std::vector<double> frequencies;
  for (std::size_t i = 0; i < size; i += 2) {
    frequencies.push_back(
        portable_exp2(-log2_base * static_cast<double>(i) / static_cast<double>(size)));
  }
  return frequencies;
}

}  // namespace

Positions::Positions(const LmConfig& config, const LmWeights& weights)
    : kind_(config.positions), weights_(weights) {
  if (kind_ == LmConfig::Positions::kSinusoidal) {
    frequencies_ = frequencies_of(config.rope_theta, config.hidden_size);
  }
  if (kind_ != LmConfig::Positions::kRotary) return;
  frequencies_ = frequencies_of(config.rope_theta, config.head_dim);
  for (double& frequency : frequencies_) {
    if (config.rope_scaling) frequency = scaled(frequency, *config.rope_scaling);
    frequency = static_cast<float>(frequency);  // as the models were trained
  }
}

void Positions::add(std::size_t position, std::span<float> x) const {
  if (kind_ == LmConfig::Positions::kLearned) {
    const float* const row = &weights_.positions[position * x.size()];
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += row[i];
  }
  if (kind_ != LmConfig::Positions::kSinusoidal) return;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    const SinCos wave = portable_sin_cos(static_cast<double>(position) * frequencies_[i / 2]);
    x[i] += static_cast<float>(wave.sin);
    if (i + 1 < x.size()) x[i + 1] += static_cast<float>(wave.cos);
  }
}

std::vector<float> Positions::cos_sin(std::size_t position) const {
  std::vector<float> cos_sin;
  if (kind_ != LmConfig::Positions::kRotary) return cos_sin;
  cos_sin.reserve(2 * frequencies_.size());
  for (const double frequency : frequencies_) {
    const float angle = static_cast<float>(position) * static_cast<float>(frequency);
    const SinCos rotation = portable_sin_cos(angle);
    cos_sin.push_back(static_cast<float>(rotation.cos));
    cos_sin.push_back(static_cast<float>(rotation.sin));
  }
  return cos_sin;
}

void Positions::rotate(std::span<const float> cos_sin, std::span<float> head) {
  if (cos_sin.empty()) return;
  assert(cos_sin.size() == head.size());
  const std::size_t half = head.size() / 2;
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
