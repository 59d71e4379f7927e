// SPDX-License-Identifier: Apache-2.0
#include "models/residual/linear_fit.h"

#include <cassert>

namespace zipdream {
namespace {

constexpr std::size_t kExamplesPerFit = 4;
constexpr double kRidge = 1e-5;     // share of the mean square that keeps the weights small
constexpr double kLeastSquare = 8;  // and at least this: what rounding to whole samples makes up

}  // namespace

LinearFit::LinearFit(std::size_t inputs, double memory)
    : size_(inputs),
      memory_(memory),
      products_(inputs * inputs),
      targets_(inputs),
      weights_(inputs),
      room_(inputs * inputs) {
  weights_[0] = 1;  // the same again
}

double LinearFit::predict(std::span<const double> inputs) const {
  assert(inputs.size() == size_);
  double sum = 0;
  for (std::size_t i = 0; i < size_; ++i) sum += weights_[i] * inputs[i];
  return sum;
}

void LinearFit::learn(std::span<const double> inputs, double value) {
  assert(inputs.size() == size_);
  for (std::size_t i = 0; i < size_; ++i) {
    targets_[i] = memory_ * targets_[i] + inputs[i] * value;
    double* const row = &products_[i * size_];
    for (std::size_t j = 0; j <= i; ++j) row[j] = memory_ * row[j] + inputs[i] * inputs[j];
  }
  if (++examples_ % kExamplesPerFit == 0 && examples_ >= size_) solve();
}

// Cholesky's factors without roots: products + ridge = L D L^T, with D in the diagonal of room_.
void LinearFit::solve() {
  double trace = 0;
  for (std::size_t i = 0; i < size_; ++i) trace += products_[i * size_ + i];
  const double ridge = kRidge * trace / static_cast<double>(size_) + kLeastSquare;
  for (std::size_t i = 0; i < size_; ++i) {
    double* const row = &room_[i * size_];
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = products_[i * size_ + j] + (i == j ? ridge : 0);
      const double* const other = &room_[j * size_];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k] * room_[k * size_ + k];
      row[j] = i == j ? sum : sum / other[j];
    }
  }
  for (std::size_t i = 0; i < size_; ++i) {  // L y = targets
    weights_[i] = targets_[i];
    for (std::size_t k = 0; k < i; ++k) weights_[i] -= room_[i * size_ + k] * weights_[k];
  }
  for (std::size_t i = size_; i-- > 0;) {  // L^T weights = y / D
    weights_[i] /= room_[i * size_ + i];
    for (std::size_t k = i + 1; k < size_; ++k) weights_[i] -= room_[k * size_ + i] * weights_[k];
  }
}

}  // namespace zipdream
