// SPDX-License-Identifier: Apache-2.0
#include "models/audio/steady_model.h"

#include <algorithm>
#include <cmath>

namespace zipdream::audio {
namespace {

constexpr double kMemory = 0.9997;     // of the spectrum and the level
constexpr double kLagMemory = 0.998;   // of the pitch
constexpr double kMaxLagWeight = 0.8;  // below 1: what has a period dies away
constexpr double kChance = 0.15;       // correlation that the best of all lags has in noise
constexpr double kCalm = 0.95;         // of the width of residuals: what is sampled is no louder
constexpr double kWhitening = 1e-4;    // of the variance: what no filter may amplify more than
constexpr std::size_t kMinLag = 32;
constexpr std::size_t kLags = 369;  // 32 to 400
constexpr std::size_t kFirstLag = 100;

}  // namespace

SteadyModel::SteadyModel() : lags_(kLags), lag_(kFirstLag) {}

void SteadyModel::look_ahead(const History* /*other*/, BinWidth bin_width) {
  if (has_seen_) learn(values_[0]);
  has_seen_ = true;
  solve();
  find_lag();
  by_values_ = 0;
  for (std::size_t k = 1; k <= kOrder; ++k) by_values_ += weights_[k] * values_[k - 1];
  mean_ = by_values_ + lag_weight_ * residuals_[lag_ - 1];
  bin_width_ = bin_width(mean_);
  const double w = bin_width_;
  // A logistic distribution's mean error is 2 ln 2 of its scale; rounding adds to the error.
  // What the period explains of the residual is no part of what is drawn.
  const double unexplained = std::sqrt(1 - lag_weight_ * lag_weight_);
  const double scale = std::max(kCalm * unexplained * error_ / 1.38629436111989, 0.1 * w);
  mixture_.components = 2;
  mixture_.weight = {0.98, 0.02};
  mixture_.mean = {mean_, mean_};
  mixture_.sharpness = {1 / scale, 1 / (2 * scale)};
}

void SteadyModel::learn(double value) {
  const double rate = std::max(1 - kMemory, 1 / (time_ + 2));
  for (std::size_t k = 0; k <= kOrder; ++k) {
    autocovariance_[k] += rate * (value * values_[k] - autocovariance_[k]);
  }
  const double residual = value - by_values_;
  residuals_.push(residual);
  lanes::decay_and_add(lags_.data(), kLagMemory, residual, residuals_.last() + kMinLag, kLags);
  residual_energy_ = kLagMemory * residual_energy_ + residual * residual;
  error_ += rate * (std::abs(residual) - error_);
  time_ += 1;
}

// Levinson's recursion.
void SteadyModel::solve() {
  double left = autocovariance_[0] * (1 + kWhitening) + 0.1 * bin_width_ * bin_width_;
  weights_ = {};
  for (std::size_t m = 1; m <= kOrder; ++m) {
    double sum = autocovariance_[m];
    for (std::size_t i = 1; i < m; ++i) sum -= weights_[i] * autocovariance_[m - i];
    const double reflection = sum / left;
    if (!(std::abs(reflection) < 1)) return;  // the order so far is stable
    const auto before = weights_;
    for (std::size_t i = 1; i < m; ++i) weights_[i] -= reflection * before[m - i];
    weights_[m] = reflection;
    left *= 1 - reflection * reflection;
  }
}

void SteadyModel::find_lag() {
  const auto best = std::ranges::max_element(lags_);
  lag_ = kMinLag + static_cast<std::size_t>(best - lags_.begin());
  const double correlation = std::min(*best / (residual_energy_ + 1e-9), 1.0);
  const double root = std::sqrt(std::max(correlation - kChance, 0.0) / (1 - kChance));
  // To the power 3/8: a correlation that the period's small changes have lowered.
  lag_weight_ = std::min(std::sqrt(root * std::sqrt(root)), kMaxLagWeight);
}

}  // namespace zipdream::audio
