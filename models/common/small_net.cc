// SPDX-License-Identifier: Apache-2.0
// Compiled once for each kind of vectors by Highway, which chooses at run time.
#include "models/common/small_net.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <limits>
#include <utility>

#include "models/common/fixed_math.h"
#include "zipdream/error.h"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/common/small_net.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// sums[o] = the sum of inputs[i] * weights[o][i]. REQUIRES: count is a multiple of 16.
void sums_of_products(const std::int16_t* inputs, std::size_t count, const std::int16_t* weights,
                      std::size_t outputs, std::int32_t* sums) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t o = 0; o < outputs; ++o) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += inputs[i] * weights[o * count + i];
    sums[o] = sum;
  }
#else
  const hn::CappedTag<std::int16_t, 16> narrow;
  const hn::RepartitionToWide<decltype(narrow)> wide;
  const std::size_t lanes = hn::Lanes(narrow);
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::int16_t* const row = weights + o * count;
    auto first = hn::Zero(wide);
    auto second = hn::Zero(wide);
    for (std::size_t i = 0; i < count; i += lanes) {
      first = hn::ReorderWidenMulAccumulate(wide, hn::LoadU(narrow, inputs + i),
                                            hn::LoadU(narrow, row + i), first, second);
    }
    sums[o] = hn::GetLane(hn::SumOfLanes(wide, hn::Add(first, second)));
  }
#endif
}

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream {
namespace {

HWY_EXPORT(sums_of_products);

constexpr std::size_t kMaxLayer = 256;
constexpr std::int32_t kMaxPassed = std::numeric_limits<std::int16_t>::max();

std::int16_t number_at(std::string_view numbers, std::size_t index) {
  const auto low = static_cast<unsigned char>(numbers[2 * index]);
  const auto high = static_cast<unsigned char>(numbers[2 * index + 1]);
  return static_cast<std::int16_t>(high << 8 | low);
}

// What a hidden unit of this sum passes on; `bits`: those of the sum below those of what is passed.
std::int16_t rectified(std::int32_t sum, int bits) {
  const std::int32_t value = sum >> bits;
  const std::int32_t leaky = value < 0 ? value >> SmallNet::kLeakBits : value;
  return static_cast<std::int16_t>(std::clamp(leaky, -kMaxPassed, kMaxPassed));
}

}  // namespace

SmallNet::SmallNet(const SmallNetShape& shape, std::string_view numbers) : shape_(shape) {
  assert(numbers.size() == 2 * shape.parameter_count());
  const std::array<std::size_t, 4> sizes = {shape.inputs, shape.hidden, shape.more_hidden,
                                            shape.outputs};
  std::size_t at = 0;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    assert(sizes[l] % 16 == 0 && sizes[l] <= kMaxLayer);
    const std::int64_t max_input = l == 0 ? kMaxInput : kMaxPassed;
    const int bias_shift = l == 0 ? kInputBits : kWeightBits;
    Layer layer{sizes[l], sizes[l + 1], {}, {}};
    for (std::size_t i = 0; i < layer.inputs * layer.outputs; ++i) {
      layer.weights.push_back(number_at(numbers, at++));
    }
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      const std::int32_t bias = number_at(numbers, at++) * (1 << bias_shift);
      std::int64_t most = std::abs(bias);
      for (std::size_t i = 0; i < layer.inputs; ++i) {
        most += max_input * std::abs(layer.weights[o * layer.inputs + i]);
      }
      if (most > std::numeric_limits<std::int32_t>::max()) {
        throw Error(Error::Kind::kFailure, "a net", "has weights whose sums pass 32 bits",
                    "train it with smaller ones");
      }
      layer.biases.push_back(bias);
    }
    layers_.push_back(std::move(layer));
  }
}

std::int16_t SmallNet::input(double value) {
  const double scaled = value * (1 << kInputBits);
  if (!(scaled > -kMaxInput)) return scaled < 0 ? static_cast<std::int16_t>(-kMaxInput) : 0;
  if (scaled >= kMaxInput) return kMaxInput;
  return static_cast<std::int16_t>((scaled + fixed_math::kRounder) - fixed_math::kRounder);
}

void SmallNet::run(std::span<const std::int16_t> inputs, std::span<double> outputs,
                   std::span<double> hidden) const {
  assert(inputs.size() == shape_.inputs && outputs.size() == shape_.outputs);
  assert(hidden.size() <= shape_.more_hidden);
  std::array<std::int16_t, kMaxLayer> passed;
  std::array<std::int32_t, kMaxLayer> sums;
  const std::int16_t* from = inputs.data();
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    HWY_DYNAMIC_DISPATCH(sums_of_products)
    (from, layer.inputs, layer.weights.data(), layer.outputs, sums.data());
    const int bits = l == 0 ? kInputBits : kWeightBits;
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      passed[o] = rectified(sums[o] + layer.biases[o], bits);
    }
    from = passed.data();
  }
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    hidden[i] = static_cast<double>(from[i]) / (1 << kWeightBits);
  }
  const Layer& last = layers_.back();
  HWY_DYNAMIC_DISPATCH(sums_of_products)
  (from, last.inputs, last.weights.data(), last.outputs, sums.data());
  for (std::size_t o = 0; o < last.outputs; ++o) {
    outputs[o] = static_cast<double>(sums[o] + last.biases[o]) / (1 << (2 * kWeightBits));
  }
}

}  // namespace zipdream
#endif  // HWY_ONCE
