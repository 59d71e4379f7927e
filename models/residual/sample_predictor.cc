// SPDX-License-Identifier: Apache-2.0
// Predictors of samples from those before, channel by channel; before the first there was silence.
// Linear prediction sees the last samples of its own channel and, of two channels, of the other
// one, whose sample of the same frame is known to the second.
#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/common/sample_levels.h"
#include "models/residual/signal_predictor.h"

namespace zipdream {
namespace {

// Linear regression that forgets: the weights by which one number follows from some others, least
// squares over the examples, older ones weighing less. Additions, multiplications and divisions in
// fixed order alone, so the same on every machine.
class LinearFit {
 public:
  // Each example weighs `memory` times as much as the one after it.
  LinearFit(std::size_t inputs, double memory);

  // The prediction from these inputs. REQUIRES: as many as there are inputs.
  [[nodiscard]] double predict(std::span<const double> inputs) const;

  // Adds an example: `inputs` and the value that followed from them.
  void learn(std::span<const double> inputs, double value);

 private:
  void solve();

  std::size_t size_;
  double memory_;
  std::size_t examples_ = 0;
  std::vector<double> products_;  // (size, size), its lower triangle: sums of input x input
  std::vector<double> targets_;   // (size): sums of input x value
  std::vector<double> weights_;   // (size)
  std::vector<double> scratch_;   // of solve(): (size, size)
};

constexpr std::size_t kExamplesPerFit = 4;
constexpr double kRidge = 1e-5;  // share of the mean square that keeps the weights small
constexpr double kMinRidge = 8;  // the noise that rounding to whole samples makes

LinearFit::LinearFit(std::size_t inputs, double memory)
    : size_(inputs),
      memory_(memory),
      products_(inputs * inputs),
      targets_(inputs),
      weights_(inputs),
      scratch_(inputs * inputs) {
  weights_[0] = 1;  // before any example: the same value again
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

// Cholesky's factors without roots: products + ridge = L D L^T, with D in the diagonal of scratch_.
void LinearFit::solve() {
  double trace = 0;
  for (std::size_t i = 0; i < size_; ++i) trace += products_[i * size_ + i];
  const double ridge = kRidge * trace / static_cast<double>(size_) + kMinRidge;
  for (std::size_t i = 0; i < size_; ++i) {
    double* const row = &scratch_[i * size_];
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = products_[i * size_ + j] + (i == j ? ridge : 0);
      const double* const other = &scratch_[j * size_];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k] * scratch_[k * size_ + k];
      row[j] = i == j ? sum : sum / other[j];
    }
  }
  for (std::size_t i = 0; i < size_; ++i) {  // L y = targets
    weights_[i] = targets_[i];
    for (std::size_t k = 0; k < i; ++k) weights_[i] -= scratch_[i * size_ + k] * weights_[k];
  }
  for (std::size_t i = size_; i-- > 0;) {  // L^T weights = y / D
    weights_[i] /= scratch_[i * size_ + i];
    for (std::size_t k = i + 1; k < size_; ++k)
      weights_[i] -= scratch_[k * size_ + i] * weights_[k];
  }
}

constexpr std::size_t kOwnSamples = 24;   // that linear prediction looks at
constexpr std::size_t kOtherSamples = 8;  // of the other channel, as well
constexpr double kMemory = 0.998;         // half of the weight lies on the last 350 samples

// The rank of the level nearest to a value.
Byte nearest_rank(const SampleLevels& levels, int value) {
  const auto begin = levels.of_rank.begin();
  const auto above = std::ranges::lower_bound(levels.of_rank, value);
  if (above == levels.of_rank.end()) return 255;
  const bool lower = above != begin && value - *(above - 1) < *above - value;
  return static_cast<Byte>(above - begin - (lower ? 1 : 0));
}

// The prediction of the next sample, as a whole number.
class Samples {
 public:
  explicit Samples(const ResidualOptions& options)
      : kind_(options.kind),
        channels_(options.channels),
        min_(options.format == SampleFormat::kU8 ? -128 : -32768),
        past_(options.channels, std::vector<double>(kOwnSamples)) {
    const std::size_t inputs = kOwnSamples + (channels_ == 2 ? kOtherSamples : 0);
    if (kind_ == SignalPredictorKind::kLpc) fits_.assign(channels_, LinearFit(inputs, kMemory));
  }

  [[nodiscard]] int next() const { return next_; }

  void append(int sample) {
    if (kind_ == SignalPredictorKind::kLpc) fits_[channel_].learn(inputs(), sample);
    std::vector<double>& own = past_[channel_];
    std::move_backward(own.begin(), own.end() - 1, own.end());
    own[0] = sample;
    channel_ = (channel_ + 1) % channels_;
    next_ = predict();
  }

 private:
  // The last samples come first.
  [[nodiscard]] std::vector<double> inputs() const {
    std::vector<double> inputs = past_[channel_];
    if (channels_ != 2) return inputs;
    const auto other = past_[1 - channel_].begin();
    inputs.insert(inputs.end(), other, other + kOtherSamples);
    return inputs;
  }

  [[nodiscard]] int predict() const {
    const std::vector<double>& own = past_[channel_];
    double value = own[0];
    if (kind_ == SignalPredictorKind::kLinear2) value = 2 * own[0] - own[1];
    if (kind_ == SignalPredictorKind::kLpc) value = fits_[channel_].predict(inputs());
    const double min = min_;
    // Written so that NaN becomes the minimum.
    if (!(value > min)) return min_;
    if (value >= -1 - min) return -1 - min_;
    return static_cast<int>(value - min + 0.5) + min_;
  }

  SignalPredictorKind kind_;
  std::size_t channels_;
  int min_;
  std::size_t channel_ = 0;                // of the next sample
  std::vector<std::vector<double>> past_;  // (channels, kOwnSamples)
  std::vector<LinearFit> fits_;            // (channels)
  int next_ = 0;
};

class ByteSamples final : public SignalPredictor {
 public:
  explicit ByteSamples(const ResidualOptions& options)
      : levels_(levels_of(options.format)), samples_(options) {}

  Byte residual(Byte byte) const override {
    return static_cast<Byte>(levels_.rank[byte] - nearest_rank(levels_, samples_.next()));
  }
  Byte byte(Byte residual) const override {
    return levels_.byte[static_cast<Byte>(residual + nearest_rank(levels_, samples_.next()))];
  }
  void append(Byte byte) override { samples_.append(levels_.of_rank[levels_.rank[byte]]); }
  std::unique_ptr<SignalPredictor> clone() const override {
    return std::make_unique<ByteSamples>(*this);
  }

 private:
  const SampleLevels& levels_;
  Samples samples_;
};

class WideSamples final : public SignalPredictor {
 public:
  explicit WideSamples(const ResidualOptions& options) : samples_(options) {}

  Byte residual(Byte byte) const override { return static_cast<Byte>(byte - prediction()); }
  Byte byte(Byte residual) const override { return static_cast<Byte>(residual + prediction()); }

  void append(Byte byte) override {
    if (has_low_) {
      samples_.append(static_cast<std::int16_t>(byte << 8 | low_));
    } else {
      low_ = byte;
    }
    has_low_ = !has_low_;
  }

  std::unique_ptr<SignalPredictor> clone() const override {
    return std::make_unique<WideSamples>(*this);
  }

 private:
  // Of the next byte: the low or the high one of the sample predicted.
  [[nodiscard]] Byte prediction() const {
    const int next = samples_.next();
    if (!has_low_) return static_cast<Byte>(next);
    const auto difference = static_cast<std::int8_t>(low_ - static_cast<Byte>(next));
    return static_cast<Byte>((next + difference) >> 8);
  }

  Samples samples_;
  bool has_low_ = false;
  Byte low_ = 0;
};

}  // namespace

std::unique_ptr<SignalPredictor> make_sample_predictor(const ResidualOptions& options) {
  if (options.format == SampleFormat::kS16) return std::make_unique<WideSamples>(options);
  return std::make_unique<ByteSamples>(options);
}

}  // namespace zipdream
