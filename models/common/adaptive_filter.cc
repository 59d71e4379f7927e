// SPDX-License-Identifier: Apache-2.0
// Compiled once for each kind of vectors by Highway, which chooses at run time. Every number is
// made by the same operations in the same order on all of them: elements never meet but in dot(),
// whose partial sums are eight everywhere.
#include "models/common/adaptive_filter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#if defined(__arm__) && !defined(HWY_COMPILE_ONLY_SCALAR)
#define HWY_COMPILE_ONLY_SCALAR  // its vectors round otherwise than IEEE
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/common/adaptive_filter.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kSums = 8;
using Tag = hn::CappedTag<double, kSums>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t kWidth = hn::MaxLanes(Tag());
constexpr std::size_t kTile = 4;  // vectors

double dot_product(const double* a, const double* b, std::size_t count) {
  const Tag tag;
  Vector sums[kSums / kWidth];
  for (auto& sum : sums) sum = hn::Zero(tag);
  for (std::size_t i = 0; i < count; i += kSums) {
    for (std::size_t v = 0; v < kSums / kWidth; ++v) {
      const auto product = hn::Mul(hn::LoadU(tag, a + i + v * kWidth),  //
                                   hn::LoadU(tag, b + i + v * kWidth));
      sums[v] = hn::Add(sums[v], product);
    }
  }
  double s[kSums];
  for (std::size_t v = 0; v < kSums / kWidth; ++v) hn::StoreU(sums[v], tag, s + v * kWidth);
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

void decay_and_sum(double* a, double decay, double factor, const double* b, std::size_t count) {
  const Tag tag;
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    const auto kept = hn::Mul(hn::Set(tag, decay), hn::LoadU(tag, a + i));
    const auto added = hn::Mul(hn::Set(tag, factor), hn::LoadU(tag, b + i));
    hn::StoreU(hn::Add(kept, added), tag, a + i);
  }
  for (; i < count; ++i) a[i] = decay * a[i] + factor * b[i];
}

void sum_scaled(double* a, double factor, const double* b, std::size_t count) {
  const Tag tag;
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    const auto added = hn::Mul(hn::Set(tag, factor), hn::LoadU(tag, b + i));
    hn::StoreU(hn::Add(hn::LoadU(tag, a + i), added), tag, a + i);
  }
  for (; i < count; ++i) a[i] = a[i] + factor * b[i];
}

// Of kVectors vectors of columns: matrix[i][j] = matrix[i][j] scale - u[i] u[j], row by row, and
// out[j] = the sum over i of x[i] matrix[i][j].
template <std::size_t kVectors>
HWY_INLINE void update_columns(double* matrix, std::size_t size, double scale, const double* u,
                               const double* x, std::size_t first, double* out) {
  const Tag tag;
  Vector sums[kVectors];
  Vector columns[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    sums[v] = hn::Zero(tag);
    columns[v] = hn::LoadU(tag, u + first + v * kWidth);
  }
  const auto scales = hn::Set(tag, scale);
  for (std::size_t i = 0; i < size; ++i) {
    double* const row = matrix + i * size + first;
    const auto of_row = hn::Set(tag, u[i]);
    const auto input = hn::Set(tag, x[i]);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto kept = hn::Mul(hn::LoadU(tag, row + v * kWidth), scales);
      const auto value = hn::Sub(kept, hn::Mul(of_row, columns[v]));
      hn::StoreU(value, tag, row + v * kWidth);
      sums[v] = hn::Add(sums[v], hn::Mul(input, value));
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], tag, out + first + v * kWidth);
}

void update_and_multiply(double* matrix, std::size_t size, double scale, const double* u,
                         const double* x, double* out) {
  std::size_t first = 0;
  for (; first + kTile * kWidth <= size; first += kTile * kWidth) {
    update_columns<kTile>(matrix, size, scale, u, x, first, out);
  }
  for (; first < size; first += kWidth) {
    update_columns<1>(matrix, size, scale, u, x, first, out);
  }
}

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream {

HWY_EXPORT(dot_product);
HWY_EXPORT(sum_scaled);
HWY_EXPORT(decay_and_sum);
HWY_EXPORT(update_and_multiply);

namespace lanes {

double dot(const double* a, const double* b, std::size_t count) {
  assert(count % kPadding == 0);
  return HWY_DYNAMIC_DISPATCH(dot_product)(a, b, count);
}

void add_scaled(double* a, double factor, const double* b, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(sum_scaled)(a, factor, b, count);
}

void decay_and_add(double* a, double decay, double factor, const double* b, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(decay_and_sum)(a, decay, factor, b, count);
}

}  // namespace lanes

namespace {

double trace_of(const std::vector<double>& matrix, std::size_t size) {
  double sums[4] = {};
  for (std::size_t i = 0; i < size; ++i) sums[i % 4] += matrix[i * size + i];
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

}  // namespace

RecursiveLeastSquares::Start::Start(std::span<const double> of_weights,
                                    std::span<const double> of_inverse, double of_memory,
                                    double max_trace_each)
    : size(of_weights.size()),
      padded(lanes::padded(size)),
      weights(padded),
      inverse(padded * padded),
      memory(of_memory),
      max_trace(max_trace_each * static_cast<double>(size)) {
  assert(of_inverse.size() == size * size);
  std::ranges::copy(of_weights, weights.begin());
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      // Rounding leaves an inverse that is not quite symmetric; all that follows is.
      inverse[i * padded + j] = (of_inverse[i * size + j] + of_inverse[j * size + i]) / 2;
    }
  }
}

RecursiveLeastSquares::RecursiveLeastSquares(std::shared_ptr<const Start> start)
    : start_(std::move(start)),
      weights_(start_->weights),
      inverse_(start_->inverse),
      inputs_(start_->padded),
      gain_(start_->padded),
      scaled_(start_->padded),
      trace_(trace_of(inverse_, start_->padded)) {}

void RecursiveLeastSquares::set_inputs(const double* inputs) {
  std::copy_n(inputs, start_->size, inputs_.begin());
}

void RecursiveLeastSquares::reset() {
  inverse_ = start_->inverse;
  trace_ = trace_of(inverse_, start_->padded);
}

double RecursiveLeastSquares::predict(const double* inputs) {
  const std::size_t size = start_->padded;
  set_inputs(inputs);
  std::ranges::fill(scaled_, 0.0);
  HWY_DYNAMIC_DISPATCH(update_and_multiply)
  (inverse_.data(), size, 1, scaled_.data(), inputs_.data(), gain_.data());
  prediction_ = lanes::dot(weights_.data(), inputs_.data(), size);
  if (!(std::abs(prediction_) < 1e9)) {  // also where it is no number
    weights_ = start_->weights;
    reset();
    prediction_ = 0;
  }
  return prediction_;
}

double RecursiveLeastSquares::learn(double value, double confidence, const double* inputs) {
  const std::size_t size = start_->padded;
  const double memory = trace_ > start_->max_trace ? 1 : start_->memory;
  const double energy = lanes::dot(inputs_.data(), gain_.data(), size);
  // Rounding wears the inverse out where inputs don't vary; then it begins anew.
  if (!(energy >= 0 && energy < 1e12 && trace_ >= 0)) {
    reset();
    return predict(inputs);
  }
  const double share = 1 / (memory / confidence + energy);
  lanes::add_scaled(weights_.data(), (value - prediction_) * share, gain_.data(), size);
  const double root = std::sqrt(share / memory);
  for (std::size_t i = 0; i < size; ++i) scaled_[i] = gain_[i] * root;
  set_inputs(inputs);
  HWY_DYNAMIC_DISPATCH(update_and_multiply)
  (inverse_.data(), size, 1 / memory, scaled_.data(), inputs_.data(), gain_.data());
  trace_ = trace_of(inverse_, size);
  prediction_ = lanes::dot(weights_.data(), inputs_.data(), size);
  return std::abs(prediction_) < 1e9 ? prediction_ : predict(inputs);
}

double NormalizedLms::predict(const double* inputs) {
  prediction_ = lanes::dot(weights_.data(), inputs, weights_.size());
  return prediction_;
}

void NormalizedLms::learn(double value, const double* inputs) {
  const double energy = lanes::dot(inputs, inputs, weights_.size());
  const double step = step_ * (value - prediction_) / (1 + energy);
  lanes::add_scaled(weights_.data(), step, inputs, weights_.size());
}

}  // namespace zipdream
#endif  // HWY_ONCE
