// SPDX-License-Identifier: Apache-2.0
// The tables law of FLAC (RFC 9639): the next bytes are a sample, a frame's linear predictor
// predicts it, and the Rice code says how probable each deviation is. Each forecast
// (flac_forecast.h) of a predictor p and a Rice parameter k is the law
//
//   P(sample) ~ 2^-(bits of the folded residual in Rice's code k),  residual = sample - p(context)
//
// (1 + k + (folded >> k) bits, restricted to the samples that there are, and normalised). The law
// is their sum by weight. A 1024th of the probability is spread evenly: a frame may be VERBATIM.
// That is also all that is said before the first byte.
//
// A sample of 16 bits is two bytes, the low one first: its law is the sum over all samples with
// that low byte, and the law of the high byte follows from the low one. Of two channels each is
// predicted by itself: that FLAC may write one of them as their difference is left out.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codecs/common/byte_predictor.h"
#include "codecs/flac/flac.h"
#include "codecs/flac/frame_predictors.h"
#include "codecs/flac/options.h"
#include "codecs/flac/sample_distribution.h"

namespace zipdream {
namespace {

constexpr double kFloor = 1.0 / 1024;

class FlacPredictor final : public BytePredictor {
 public:
  explicit FlacPredictor(const FlacOptions& options) : sample_bytes_(options.sample_bytes()) {
    const FlacOptions mono = {.level = options.level, .format = options.format};
    const std::shared_ptr<const Codec> codec = make_flac(mono);
    channels_.assign(options.channels,
                     flac::SignalForecaster(codec, static_cast<int>(8 * sample_bytes_)));
  }

  void observe(ByteView bytes) override {
    std::vector<std::vector<int>> samples(channels_.size());
    for (const Byte byte : bytes) {
      if (sample_bytes_ == 2 && !low_) {
        low_ = byte;
        continue;
      }
      samples[turn_].push_back(sample_bytes_ == 1 ? flac::to_sample(byte)
                                                  : static_cast<std::int16_t>(byte << 8 | *low_));
      low_.reset();
      turn_ = (turn_ + 1) % channels_.size();
    }
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (!samples[i].empty()) channels_[i].append(samples[i]);
    }
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> law;
    law.fill(kFloor / (low_ ? 65536 : 256));
    for (const flac::SignalPredictor& forecast : channels_[turn_].forecasts()) {
      const double weight = (1 - kFloor) * forecast.weight;
      if (sample_bytes_ == 1) {
        flac::add_byte_distribution(forecast, weight, law);
      } else if (!low_) {
        flac::add_low_byte_distribution(forecast, weight, law);
      } else {
        flac::add_high_byte_distribution(forecast, weight, *low_, law);
      }
    }
    normalize(law, among, out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<FlacPredictor>(*this);
  }

 private:
  std::size_t sample_bytes_;
  std::vector<flac::SignalForecaster> channels_;
  std::size_t turn_ = 0;     // the channel of the next sample
  std::optional<Byte> low_;  // of a sample whose high byte is next
};

}  // namespace

std::unique_ptr<Predictor> make_flac_predictor(const Spec& spec,
                                               const PredictorOptions& /*options*/) {
  return std::make_unique<FlacPredictor>(flac_options(spec));
}

}  // namespace zipdream
