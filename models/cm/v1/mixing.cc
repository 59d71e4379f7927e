// SPDX-License-Identifier: Apache-2.0
#include "models/cm/v1/mixing.h"

#include <algorithm>
#include <cassert>

namespace zipdream::cm_v1 {
namespace {

constexpr int kUnusedBits = 16;  // the lowest bits of a weight, left out of products
constexpr std::int32_t kMaxWeight = (1 << 30) - 1;

}  // namespace

// Products stay below 2^25 and their sum below 2^29.
std::int32_t Mixer::mix(const MixerInputs& inputs, std::size_t row) const {
  const auto& weights = weights_[row].weights;
  MixerInputs rounded;
  for (std::size_t i = 0; i < kMixerInputs; ++i) {
    rounded[i] = static_cast<std::int16_t>(weights[i] >> kUnusedBits);
  }
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kMixerInputs; ++i) sum += inputs[i] * rounded[i];
  return std::clamp(sum >> (kOneBits - kUnusedBits), -kMaxLogit, kMaxLogit);
}

// A step moves a weight by less than 2^26, so none leaves the range of its type. Looking for those
// that leave ours all together is cheaper than bounding each.
void Mixer::learn(const MixerInputs& inputs, std::size_t row, std::int32_t step) {
  assert(step > -32768 && step < 32768);
  auto& weights = weights_[row].weights;
  std::uint32_t beyond = 0;  // its first bit: whether any is 2^30 or more either way
  for (std::size_t i = 0; i < kMixerInputs; ++i) {
    weights[i] += inputs[i] * static_cast<std::int16_t>(step);
    const auto bits = static_cast<std::uint32_t>(weights[i]);
    beyond |= bits ^ bits << 1;
  }
  if (beyond >> 31 == 0) return;
  for (std::int32_t& weight : weights) weight = std::clamp(weight, -kMaxWeight, kMaxWeight);
}

}  // namespace zipdream::cm_v1
