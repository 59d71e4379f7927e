// SPDX-License-Identifier: Apache-2.0
#include "models/cm/mixer.h"

#include <algorithm>
#include <cassert>

namespace zipdream {
namespace {

constexpr int kUnusedBits = 16;  // of a weight, when it weighs
constexpr std::int32_t kLargest = 15 << 27;

}  // namespace

// Products stay below 2^26 and their sum below 2^30.
std::int32_t Mixer::mix(const MixerInputs& inputs, std::size_t row) const {
  const auto& weights = weights_[row].weights;
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kMixerInputs; ++i) {
    sum += inputs[i] * static_cast<std::int16_t>(weights[i] >> kUnusedBits);
  }
  return std::clamp(sum >> (kOneBits - kUnusedBits), -kMaxLogit, kMaxLogit);
}

// A step moves a weight by less than 2^26, so none leaves the range of its type.
void Mixer::learn(const MixerInputs& inputs, std::size_t row, std::int32_t step) {
  assert(step > -32768 && step < 32768);
  auto& weights = weights_[row].weights;
  for (std::size_t i = 0; i < kMixerInputs; ++i) {
    const std::int32_t moved = weights[i] + inputs[i] * static_cast<std::int16_t>(step);
    weights[i] = std::clamp(moved, -kLargest, kLargest);
  }
}

}  // namespace zipdream
