// SPDX-License-Identifier: Apache-2.0
// The distribution of the next value of one channel of sound, as a mixture of logistics:
//
//   stage 1   recursive least squares of several orders and speeds of forgetting, on the values
//             before (and on another channel's), normalised least mean squares, and the values and
//             residuals one pitch period ago
//   stage 2   least squares again, on what those predict: the prediction mu
//   scale     how far off mu is at the moment, from three running means of its errors
//   mixture   by components around mu that are weighed by who was right, and by a small net that
//             was taught by speech, from all of these in units of the scale, and learns as it hears
//
// Doubles in one fixed order and integers: the same bits on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/audio/components.h"
#include "models/audio/prior.h"
#include "models/common/adaptive_filter.h"
#include "models/common/logistic_mixture.h"

namespace zipdream::audio {

// How far apart values are around `value`, above 0; of 8 bits it is 1.
using BinWidth = double (*)(double value);

// Values of before, the last one first.
class History {
 public:
  static constexpr std::size_t kSize = 832;  // that can be looked at

  History() : values_(kCapacity) {}
  // REQUIRES: to index at most kSize values.
  [[nodiscard]] const double* last() const { return values_.data() + first_; }
  [[nodiscard]] double operator[](std::size_t index) const { return values_[first_ + index]; }
  void push(double value);

 private:
  static constexpr std::size_t kCapacity = 2048;
  std::size_t first_ = kCapacity - kSize;
  std::vector<double> values_;
};

// The mean of errors' sizes, over three spans of time.
struct ErrorMeans {
  std::array<double, 3> means = {1, 1, 1};

  // `time`: how many errors there were before.
  void add(double error, double time);
};

inline constexpr std::size_t kStageOne = 7;            // recursive least squares
inline constexpr std::size_t kPoints = kStageOne + 1;  // and the average of all sounds
inline constexpr std::size_t kStageTwoInputs = 20;

// Threads: as a standard container.
class ChannelModel {
 public:
  // `has_other`: whether another channel is looked at. The prior outlives the model.
  ChannelModel(const Prior& prior, bool has_other);

  // The distribution of the next value. Valid until the next call of a member that isn't const.
  [[nodiscard]] const LogisticMixture& mixture() const {
    return prior_->net() == nullptr ? widths_.mixture() : joined_.mixture();
  }

  // The values so far.
  [[nodiscard]] const History& values() const { return values_; }

  // What the net is asked, and what its answer is in units of: for its training.
  [[nodiscard]] const NetInputs& net_inputs() const { return net_inputs_; }
  [[nodiscard]] double mu() const { return mu_; }
  [[nodiscard]] double unit() const { return unit_; }

  // Appends the next value; then mixture() is of no use until look_ahead().
  void append(double value);

  // Learns from what was appended and predicts the next value. `other`: the other channel's values,
  // null if there is none.
  void look_ahead(const History* other, BinWidth bin_width);

 private:
  using Points = std::array<double, kPoints>;

  void learn_errors(double value);
  void predict_points(double value, double confidence, const History* other);
  void find_lag();
  void predict_mean(double value, double confidence);
  void find_scale();
  void set_net_inputs();
  void predict_mixture();
  void learn_mixture(double value);

  const Prior* prior_;
  bool has_other_;
  bool has_seen_ = false;  // whether anything was predicted
  double time_ = 0;        // values appended
  double bin_width_ = 1;

  History values_;
  History residuals_;   // of the first predictor
  History normalised_;  // those in units of the scale, clamped

  std::vector<RecursiveLeastSquares> stage_one_;
  NormalizedLms value_lms_;
  NormalizedLms residual_lms_;
  std::vector<RecursiveLeastSquares> stage_two_;
  std::vector<double> lags_;  // correlation of residuals at each lag
  std::size_t lag_;

  Points points_{};
  double by_value_lms_ = 0;
  double by_residual_lms_ = 0;
  double mu_ = 0;       // of stage 2
  double slow_mu_ = 0;  // of stage 2, forgetting more slowly
  double scale_ = 1;
  double unit_ = 1;
  std::array<double, 6> last_errors_{};  // of mu, the last one first
  std::array<ErrorMeans, kPoints> point_errors_;
  ErrorMeans mu_errors_;
  ErrorMeans slow_mu_errors_;
  double energy_ = 1;  // running mean of the squared value

  NetInputs net_inputs_{};
  Widths widths_;
  TaughtMixture taught_;  // of a net
  JoinedMixture joined_;  // likewise
};

}  // namespace zipdream::audio
