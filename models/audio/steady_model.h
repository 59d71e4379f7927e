// SPDX-License-Identifier: Apache-2.0
// A model of sound for going on: what it predicts keeps the level, the spectrum and the pitch that
// the last part of a second had, where the better predictor of channel_model.h, fed with its own
// samples, soon runs away from its prompt. Linear prediction by the autocorrelation method, whose
// filters are stable, of order 32; the residual of one pitch period ago; and the width that the
// residuals have on average. A vocoder, as it were, excited by what it is asked to sample.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "models/audio/channel_model.h"
#include "models/common/logistic_mixture.h"

namespace zipdream::audio {

// The same interface as ChannelModel. Threads: as a standard container.
class SteadyModel {
 public:
  SteadyModel();

  [[nodiscard]] const LogisticMixture& mixture() const { return mixture_; }
  [[nodiscard]] const History& values() const { return values_; }
  void append(double value) { values_.push(value); }
  // Another channel is not looked at.
  void look_ahead(const History* other, BinWidth bin_width);

 private:
  static constexpr std::size_t kOrder = 32;

  void learn(double value);
  void solve();
  void find_lag();

  bool has_seen_ = false;
  double bin_width_ = 1;
  double time_ = 0;

  History values_;
  History residuals_;                                // of linear prediction alone
  std::array<double, kOrder + 1> autocovariance_{};  // running means
  std::array<double, kOrder + 1> weights_{};         // of the values before; the first is unused
  std::vector<double> lags_;                         // correlation of residuals at each lag
  double residual_energy_ = 0;                       // running mean, as that of lags_
  std::size_t lag_;
  double lag_weight_ = 0;
  double by_values_ = 0;  // the prediction of linear prediction alone
  double mean_ = 0;
  double error_ = 1;  // running mean of the residual's size
  LogisticMixture mixture_;
};

}  // namespace zipdream::audio
