// SPDX-License-Identifier: Apache-2.0
#include "models/lm/positions.h"

#include <cassert>
#include <numbers>

#include "base/portable_math.h"

namespace zipdream {
namespace {

// Llama 3.1: rotations that were slow in training are slowed by the factor, fast ones stay.
double stretched(double speed, const RopeScaling& stretch) {
  const double turns_in_training = stretch.trained_context * speed / (2 * std::numbers::pi);
  if (turns_in_training > stretch.high_frequency_factor) return speed;
  if (turns_in_training < stretch.low_frequency_factor) return speed / stretch.factor;
  const double share = (turns_in_training - stretch.low_frequency_factor) /
                       (stretch.high_frequency_factor - stretch.low_frequency_factor);
  return (1 - share) * speed / stretch.factor + share * speed;
}

// base^(-2i / size).
std::vector<double> speeds_of(double base, std::size_t size) {
  const double log2_base = portable_log2(base);
  std::vector<double> speeds;
  for (std::size_t i = 0; i < size; i += 2) {
    speeds.push_back(
        portable_exp2(-log2_base * static_cast<double>(i) / static_cast<double>(size)));
  }
  return speeds;
}

}  // namespace

Positions::Positions(const LmConfig& config, const LmWeights& weights)
    : kind_(config.positions), weights_(weights) {
  if (kind_ == LmConfig::Positions::kSinusoidal) {
    speeds_ = speeds_of(config.position_base, config.width);
  }
  if (kind_ != LmConfig::Positions::kRotary) return;
  speeds_ = speeds_of(config.position_base, config.head_size);
  for (double& speed : speeds_) {
    if (config.stretch) speed = stretched(speed, *config.stretch);
    speed = static_cast<float>(speed);  // as the models were trained
  }
}

void Positions::add(std::size_t position, std::span<float> x) const {
  if (kind_ == LmConfig::Positions::kLearned) {
    const float* const row = &weights_.positions[position * x.size()];
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += row[i];
  }
  if (kind_ != LmConfig::Positions::kSinusoidal) return;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    const SinCos wave = portable_sin_cos(static_cast<double>(position) * speeds_[i / 2]);
    x[i] += static_cast<float>(wave.sin);
    if (i + 1 < x.size()) x[i + 1] += static_cast<float>(wave.cos);
  }
}

std::vector<float> Positions::turns(std::size_t position) const {
  std::vector<float> turns;
  if (kind_ != LmConfig::Positions::kRotary) return turns;
  turns.reserve(2 * speeds_.size());
  for (const double speed : speeds_) {
    const float angle = static_cast<float>(position) * static_cast<float>(speed);
    const SinCos turn = portable_sin_cos(angle);
    turns.push_back(static_cast<float>(turn.cos));
    turns.push_back(static_cast<float>(turn.sin));
  }
  return turns;
}

void Positions::turn(std::span<const float> turns, std::span<float> head) {
  if (turns.empty()) return;
  assert(turns.size() == head.size());
  const std::size_t half = head.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const float cos = turns[2 * i];
    const float sin = turns[2 * i + 1];
    const float a = head[i];
    const float b = head[i + half];
    head[i] = a * cos - b * sin;
    head[i + half] = b * cos + a * sin;
  }
}

}  // namespace zipdream
