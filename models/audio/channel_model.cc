// SPDX-License-Identifier: Apache-2.0
#include "models/audio/channel_model.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "models/common/fixed_math.h"

namespace zipdream::audio {
namespace {

constexpr std::size_t kMinLag = 32;
constexpr std::size_t kLags = 369;  // 32 to 400
constexpr std::size_t kFirstLag = 100;
constexpr double kLagMemory = 0.99;
constexpr std::size_t kLagTaps = 5;  // around one period ago
constexpr std::size_t kValueTaps = 128;
constexpr std::size_t kResidualTaps = 32;
constexpr double kMaxNormalised = 4;

// How much of a logistic distribution's width are its mean error's logarithms, over the short and
// the long span, and a constant; fitted to speech once, and like that for other sounds.
constexpr double kScaleConstant = -0.605;
constexpr double kOfShort = 0.567;
constexpr double kOfLong = 0.449;
constexpr double kOfSpread =
    0.073;  // of the distance between stage 2 and the average of all sounds

double squared(double x) { return x * x; }

// x, but never far above 10 however large it is.
double squeezed(double x) { return x / std::sqrt(1 + x * x / 100); }

double mean_size(const double* values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::abs(values[i]);
  return sum / static_cast<double>(count);
}

// What stage 1 predicts is much alike, so that the inverse grows long before there is silence; what
// follows from it is best held back where a net sees the rest.
std::shared_ptr<const RecursiveLeastSquares::Start> stage_two_start(double memory,
                                                                    double max_trace) {
  std::vector<double> weights(kStageTwoInputs);
  std::fill_n(weights.begin(), kPoints, 1.0 / kPoints);
  std::vector<double> inverse(kStageTwoInputs * kStageTwoInputs);
  for (std::size_t i = 0; i < kStageTwoInputs; ++i) inverse[i * kStageTwoInputs + i] = 0.012;
  return std::make_shared<RecursiveLeastSquares::Start>(weights, inverse, memory, max_trace);
}

std::vector<RecursiveLeastSquares> make_stage_two(bool has_net) {
  static const std::array alone = {stage_two_start(0.995, 1), stage_two_start(0.9988, 1)};
  static const std::array with_net = {stage_two_start(0.996, 0.15), stage_two_start(0.9988, 0.15)};
  const auto& starts = has_net ? with_net : alone;
  return {RecursiveLeastSquares(starts[0]), RecursiveLeastSquares(starts[1])};
}

}  // namespace

void History::push(double value) {
  if (first_ == 0) {
    first_ = kCapacity - kSize;
    std::copy_n(values_.begin(), kSize, values_.begin() + static_cast<std::ptrdiff_t>(first_));
  }
  values_[--first_] = value;
}

void ErrorMeans::add(double error, double time) {
  constexpr std::array<double, 3> kRates = {0.25, 0.06, 0.015};
  const double size = std::min(std::abs(error), 1e6);
  const double first = 1 / (time + 1.5);
  for (std::size_t i = 0; i < means.size(); ++i) {
    means[i] += std::max(kRates[i], first) * (size - means[i]);
  }
}

ChannelModel::ChannelModel(const Prior& prior, bool has_other)
    : prior_(&prior),
      has_other_(has_other),
      value_lms_(kValueTaps, 0.1),
      residual_lms_(kResidualTaps, 0.005),
      stage_two_(make_stage_two(prior.net() != nullptr)),
      lags_(kLags),
      lag_(kFirstLag) {
  for (std::size_t i = 0; i < kStageOne; ++i) {
    stage_one_.emplace_back(prior.stage_one(i, has_other));
  }
}

void ChannelModel::append(double value) { values_.push(value); }

void ChannelModel::look_ahead(const History* other, BinWidth bin_width) {
  assert((other != nullptr) == has_other_);
  const double value = values_[0];
  const double confidence = 1 / (3 * scale_ * scale_ + 0.08 * bin_width_ * bin_width_);
  if (has_seen_) learn_errors(value);
  predict_points(value, confidence, other);
  find_lag();
  predict_mean(value, confidence);
  has_seen_ = true;
  bin_width_ = bin_width(mu_);
  find_scale();
  predict_mixture();
}

void ChannelModel::predict_mixture() {
  const Expected expected{.means = {mu_, slow_mu_}, .unit = unit_};
  widths_.predict(expected);
  if (prior_->net() == nullptr) return;
  set_net_inputs();
  taught_.predict(*prior_->net(), net_inputs_, expected);
  joined_.join(taught_.mixture(), widths_.mixture());
}

void ChannelModel::learn_mixture(double value) {
  if (prior_->net() != nullptr) {
    joined_.learn(value, bin_width_, taught_.mixture(), widths_.mixture());
    taught_.learn(value, bin_width_);
  }
  widths_.learn(value, bin_width_);
}

// What the last predictions were off, before new ones are made.
void ChannelModel::learn_errors(double value) {
  learn_mixture(value);
  const double residual = value - points_[0];
  residual_lms_.learn(residual, residuals_.last());
  value_lms_.learn(value, values_.last() + 1);
  residuals_.push(residual);
  const double normalised =
      std::clamp(residual / (scale_ + 0.1 * bin_width_), -kMaxNormalised, kMaxNormalised);
  normalised_.push(normalised);
  lanes::decay_and_add(lags_.data(), kLagMemory, normalised, normalised_.last() + kMinLag, kLags);
  for (std::size_t i = 0; i < kPoints; ++i) point_errors_[i].add(value - points_[i], time_);
  mu_errors_.add(value - mu_, time_);
  slow_mu_errors_.add(value - slow_mu_, time_);
  std::copy_backward(last_errors_.begin(), last_errors_.end() - 1, last_errors_.end());
  last_errors_[0] = value - mu_;
  energy_ += std::max(0.004, 1 / (time_ + 1.5)) * (value * value - energy_);
  time_ += 1;
}

void ChannelModel::predict_points(double value, double confidence, const History* other) {
  std::array<double, kMaxOrder + kMaxOrder> inputs;
  for (std::size_t i = 0; i < kStageOne; ++i) {
    const double* from = values_.last();
    if (has_other_) {
      const auto end = std::copy_n(from, Prior::own_inputs(i), inputs.begin());
      std::copy_n(other->last(), Prior::other_inputs(i), end);
      from = inputs.data();
    }
    points_[i] =
        has_seen_ ? stage_one_[i].learn(value, confidence, from) : stage_one_[i].predict(from);
  }
  points_[kStageOne] = lanes::dot(prior_->average().data(), values_.last(), Prior::kAverageOrder);
  by_value_lms_ = value_lms_.predict(values_.last());
  by_residual_lms_ = residual_lms_.predict(residuals_.last());
}

// The lag at which residuals are most alike, neighbours counting half.
void ChannelModel::find_lag() {
  if (!has_seen_) return;
  std::array<double, kLags> scores{};
  for (std::size_t i = 2; i + 2 < kLags; ++i) {
    scores[i] = lags_[i] + (lags_[i - 1] + lags_[i + 1]) * 0.5;
  }
  const auto best = std::max_element(scores.begin() + 2, scores.end() - 2);
  lag_ = kMinLag + static_cast<std::size_t>(best - scores.begin());
}

void ChannelModel::predict_mean(double value, double confidence) {
  std::array<double, kStageTwoInputs> inputs;
  std::size_t at = 0;
  for (const double point : points_) inputs[at++] = point;
  // A lag of 1 is the last value: lag - 1 stands at the period before the next one.
  const std::size_t first = lag_ - 1 - kLagTaps / 2;
  for (std::size_t i = 0; i < kLagTaps; ++i) inputs[at++] = residuals_[first + i];
  for (std::size_t i = 0; i < kLagTaps; ++i) inputs[at++] = values_[first + i];
  inputs[at++] = by_value_lms_;
  inputs[at++] = by_residual_lms_;
  assert(at == kStageTwoInputs);
  const auto next = [&](RecursiveLeastSquares& fit) {
    return has_seen_ ? fit.learn(value, confidence, inputs.data()) : fit.predict(inputs.data());
  };
  mu_ = next(stage_two_[0]);
  slow_mu_ = next(stage_two_[1]);
}

void ChannelModel::find_scale() {
  const double w = bin_width_;
  const double spread = std::abs(mu_ - points_[kStageOne]);
  const double log_scale = kScaleConstant + kOfShort * fast_log(mu_errors_.means[0] + 0.15 * w) +
                           kOfLong * fast_log(mu_errors_.means[2] + 0.1 * w) +
                           kOfSpread * fast_log(spread + 0.1 * w);
  scale_ = std::clamp(fast_exp(log_scale), 0.03 * w, 90.0);
  unit_ = std::sqrt(scale_ * scale_ + squared(0.06 * w));
}

// All that may tell how the next value is spread around mu, in units of the scale. What turns its
// sign when the sound is turned upside down stands first (kOddNetInputs).
void ChannelModel::set_net_inputs() {
  std::size_t at = 0;
  const auto put = [&](double value) { net_inputs_[at++] = SmallNet::input(value); };
  const auto squeezed_in_units = [&](double value) { return squeezed(value / unit_); };
  for (std::size_t i = 0; i < 24; ++i) put(0.3 * squeezed_in_units(values_[i] - mu_));
  for (const double point : points_) put(squeezed_in_units(point - mu_));
  put(squeezed_in_units(slow_mu_ - mu_));
  for (const double error : last_errors_) put(0.5 * squeezed_in_units(error));
  const std::size_t period = lag_ - 1;
  for (std::size_t i = period - 2; i <= period + 2; ++i) {
    put(0.5 * squeezed_in_units(residuals_[i]));
    put(0.3 * squeezed_in_units(values_[i] - mu_));
  }
  for (std::size_t i = 2 * lag_ - 2; i <= 2 * lag_; ++i)
    put(0.5 * squeezed_in_units(residuals_[i]));
  put(squeezed_in_units(by_value_lms_ - mu_));
  put(squeezed_in_units(by_residual_lms_));
  const double turns = mu_ / bin_width_;
  put(sine_of_turns(turns));
  put(sine_of_turns(2 * turns));
  assert(at == kOddNetInputs);

  put(sine_of_turns(turns + 0.25));
  put(sine_of_turns(2 * turns + 0.25));
  put(std::clamp(0.05 * lags_[lag_ - kMinLag], -3.0, 3.0));
  put(2 / std::sqrt(time_ + 1));
  const double w = bin_width_;
  const double log_unit = fast_log(unit_);
  put(log_unit);
  const auto log_size = [&](double value) { return fast_log(std::abs(value) / unit_ + 0.3); };
  put(0.5 * fast_log(1 + std::abs(values_[0])));
  put(0.5 * log_size(values_[0] - values_[1]));
  put(0.5 * log_size(values_[0] - 2 * values_[1] + values_[2]));
  put(0.5 * log_size(values_[0] - values_[8]));
  put(fast_log(std::sqrt(energy_) + 0.3 * w) - log_unit);
  for (const double error : last_errors_) put(0.5 * log_size(error));
  put(log_size(mean_size(residuals_.last() + period - 4, 9)));
  put(log_size(mean_size(residuals_.last() + period - 10, 8)));
  std::array<double, 3> log_means;
  for (std::size_t i = 0; i < 3; ++i) {
    log_means[i] = fast_log(mu_errors_.means[i] + 0.05 * w);
    put(log_means[i] - log_unit);
  }
  const auto put_ratios = [&](const ErrorMeans& errors) {
    put(0.7 * (fast_log(errors.means[0] + 0.05 * w) - log_means[0]));
    put(fast_log(errors.means[1] + 0.05 * w) - log_means[1]);
  };
  for (std::size_t i = 0; i < kStageOne; ++i) put_ratios(point_errors_[i]);
  put_ratios(slow_mu_errors_);
  put(fast_log(point_errors_[4].means[0] + 0.05 * w) - log_unit);
  put(fast_log(point_errors_[1].means[1] + 0.05 * w) - log_unit);
  put(fast_log(point_errors_[3].means[1] + 0.05 * w) - log_unit);
  assert(at <= kNetInputs);
}

}  // namespace zipdream::audio
