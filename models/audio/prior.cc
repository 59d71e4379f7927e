// SPDX-License-Identifier: Apache-2.0
#include "models/audio/prior.h"

#include <fmt/format.h>

#include <algorithm>

#include "zipdream/error.h"

namespace zipdream::audio {
namespace {

struct StageOneShape {
  std::size_t order;
  double memory;    // by which an example weighs less with each one that follows
  double examples;  // that the prior weighs as much as
};

// Fast forgetting is worth much; the first is the one whose residuals are looked at.
constexpr std::array<StageOneShape, 7> kShapes = {{{32, 0.997, 60},
                                                   {16, 0.988, 30},
                                                   {24, 0.9995, 60},
                                                   {8, 0.99, 20},
                                                   {32, 0.993, 60},
                                                   {16, 0.998, 30},
                                                   {64, 0.997, 60}}};
using Autocovariance = std::array<double, kMaxOrder + 1>;

constexpr double kRidge = 0.02;  // in the unit of the autocovariance

// A symmetric positive definite matrix, as a row-major square, and its inverse, by Gauss and
// Jordan's elimination.
std::vector<double> inverse_of(std::vector<double> matrix, std::size_t size) {
  std::vector<double> inverse(size * size);
  for (std::size_t i = 0; i < size; ++i) inverse[i * size + i] = 1;
  for (std::size_t pivot = 0; pivot < size; ++pivot) {
    const double by = matrix[pivot * size + pivot];
    for (std::size_t j = 0; j < size; ++j) {
      matrix[pivot * size + j] /= by;
      inverse[pivot * size + j] /= by;
    }
    for (std::size_t i = 0; i < size; ++i) {
      const double factor = matrix[i * size + pivot];
      if (i == pivot) continue;
      for (std::size_t j = 0; j < size; ++j) {
        matrix[i * size + j] -= factor * matrix[pivot * size + j];
        inverse[i * size + j] -= factor * inverse[pivot * size + j];
      }
    }
  }
  return inverse;
}

// The covariance of the last `order` values, with the ridge.
std::vector<double> covariance_of(const Autocovariance& autocovariance, std::size_t order) {
  std::vector<double> matrix(order * order);
  for (std::size_t i = 0; i < order; ++i) {
    for (std::size_t j = 0; j < order; ++j) {
      matrix[i * order + j] = autocovariance[i > j ? i - j : j - i] + (i == j ? kRidge : 0);
    }
  }
  return matrix;
}

// The weights of linear prediction, from the inverse of the covariance.
std::vector<double> prediction_of(const Autocovariance& autocovariance,
                                  const std::vector<double>& inverse, std::size_t order) {
  std::vector<double> weights(order);
  for (std::size_t i = 0; i < order; ++i) {
    for (std::size_t j = 0; j < order; ++j) {
      weights[i] += inverse[i * order + j] * autocovariance[j + 1];
    }
  }
  return weights;
}

// The other channel's inputs are believed to be as large and not to be needed.
std::shared_ptr<const RecursiveLeastSquares::Start> start_of(const Autocovariance& autocovariance,
                                                             std::size_t index, bool has_other) {
  const StageOneShape& shape = kShapes[index];
  const std::size_t own = shape.order;
  const std::size_t size = own + (has_other ? Prior::other_inputs(index) : 0);
  const std::vector<double> of_own = inverse_of(covariance_of(autocovariance, own), own);
  std::vector<double> weights = prediction_of(autocovariance, of_own, own);
  weights.resize(size);
  std::vector<double> inverse(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      if (i < own && j < own) inverse[i * size + j] = of_own[i * own + j] / shape.examples;
    }
    if (i >= own) inverse[i * size + i] = 1 / (autocovariance[0] * shape.examples);
  }
  return std::make_shared<RecursiveLeastSquares::Start>(weights, inverse, shape.memory);
}

// By the variance of what linear prediction leaves over. Sounds are smooth: each value is about
// nine tenths of the one before. (The average of recorded speech in its place was worth nothing.)
Autocovariance neutral_autocovariance() {
  Autocovariance autocovariance;
  double value = 8;
  for (double& number : autocovariance) {
    number = value;
    value *= 0.9;
  }
  return autocovariance;
}

}  // namespace

const Prior& Prior::neutral() {
  static const Prior prior;
  return prior;
}

const Prior& Prior::of_speech() {
  static const Prior prior(kAudioPrior);
  return prior;
}

Prior::Prior() {
  const Autocovariance autocovariance = neutral_autocovariance();
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    alone_.push_back(start_of(autocovariance, i, false));
    with_other_.push_back(start_of(autocovariance, i, true));
  }
  const auto inverse = inverse_of(covariance_of(autocovariance, kAverageOrder), kAverageOrder);
  average_ = prediction_of(autocovariance, inverse, kAverageOrder);
}

Prior::Prior(std::string_view numbers) : Prior() {
  if (numbers.size() != 2 * kNetShape.parameter_count()) {
    throw Error(Error::Kind::kFailure, "the prior of audio",
                fmt::format("has {} bytes and not those of its net", numbers.size()),
                "build zipdream anew");
  }
  net_.emplace(kNetShape, numbers);
}

std::shared_ptr<const RecursiveLeastSquares::Start> Prior::stage_one(std::size_t index,
                                                                     bool has_other) const {
  return has_other ? with_other_[index] : alone_[index];
}

std::size_t Prior::own_inputs(std::size_t index) { return kShapes[index].order; }

std::size_t Prior::other_inputs(std::size_t index) {
  return std::min<std::size_t>(kShapes[index].order / 2, 16);
}

}  // namespace zipdream::audio
