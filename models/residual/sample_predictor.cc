// SPDX-License-Identifier: Apache-2.0
// Predictors of samples from those before, channel by channel; before the first there was silence.
// Linear prediction sees the last samples of its own channel and, of two channels, of the other
// one, whose sample of the same frame is known to the second.
#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <vector>

#include "models/residual/linear_fit.h"
#include "models/residual/signal_predictor.h"

namespace zipdream {
namespace {

constexpr std::size_t kOwnSamples = 24;   // that linear prediction looks at
constexpr std::size_t kOtherSamples = 8;  // and of the other channel
constexpr double kMemory = 0.998;         // half of the weight lies on the last 350 samples

// A byte's level among all 256, and where it ranks.
struct Levels {
  std::array<int, 256> of_rank{};  // ascending
  std::array<Byte, 256> rank{};
  std::array<Byte, 256> byte{};  // of each rank
};

Levels make_levels(SampleFormat format) {
  Levels levels;
  for (int i = 0; i < 256; ++i) levels.byte[i] = static_cast<Byte>(i);
  const float scale = format == SampleFormat::kMulaw ? 32768 : 128;
  const Audio all = from_pcm(levels.byte, format, 16000);
  std::ranges::stable_sort(levels.byte,
                           [&](Byte a, Byte b) { return all.samples[a] < all.samples[b]; });
  for (int i = 0; i < 256; ++i) {
    levels.rank[levels.byte[i]] = static_cast<Byte>(i);
    levels.of_rank[i] = static_cast<int>(all.samples[levels.byte[i]] * scale);
  }
  return levels;
}

const Levels& levels_of(SampleFormat format) {
  static const Levels mulaw = make_levels(SampleFormat::kMulaw);
  static const Levels linear = make_levels(SampleFormat::kU8);
  return format == SampleFormat::kMulaw ? mulaw : linear;
}

// The rank of the level nearest to a value.
Byte nearest_rank(const Levels& levels, int value) {
  const auto begin = levels.of_rank.begin();
  const auto above = std::ranges::lower_bound(levels.of_rank, value);
  if (above == levels.of_rank.end()) return 255;
  const bool lower = above != begin && value - *(above - 1) < *above - value;
  return static_cast<Byte>(above - begin - (lower ? 1 : 0));
}

// Predicts whole numbers.
class Samples {
 public:
  explicit Samples(const ResidualOptions& options)
      : kind_(options.kind),
        channels_(options.channels),
        least_(options.format == SampleFormat::kU8 ? -128 : -32768),
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
    const double least = least_;
    // Written so that what is no number becomes the least.
    if (!(value > least)) return least_;
    if (value >= -1 - least) return -1 - least_;
    return static_cast<int>(value - least + 0.5) + least_;
  }

  SignalPredictorKind kind_;
  std::size_t channels_;
  int least_;
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
  const Levels& levels_;
  Samples samples_;
};

class WideSamples final : public SignalPredictor {
 public:
  explicit WideSamples(const ResidualOptions& options) : samples_(options) {}

  Byte residual(Byte byte) const override { return static_cast<Byte>(byte - forecast()); }
  Byte byte(Byte residual) const override { return static_cast<Byte>(residual + forecast()); }

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
  // As an unsigned number, whose bytes the shifts take.
  [[nodiscard]] Byte forecast() const {
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
