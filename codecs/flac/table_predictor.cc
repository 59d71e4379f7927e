// SPDX-License-Identifier: Apache-2.0
// The predictor by tables of FLAC (RFC 9639): the next bytes are a sample, a frame's linear
// predictor predicts it, and the Rice code makes each residual as probable as it is short. A
// predictor p with a Rice parameter k (frame_predictors.h) stands for the distribution
//
//   P(sample) ~ 2^-(bits of the folded residual in Rice's code k),  residual = sample - p(context)
//
// (1 + k + (folded >> k) bits, restricted to the samples that there are, and normalised). The
// distribution of the next sample is the sum of these by weight. A 1024th of the probability is
// spread evenly: a frame may be VERBATIM. Before the first byte all of it is.
//
// A sample of 16 bits is two bytes, the low one first: the distribution of the low byte is the sum
// over all samples with that low byte, and that of the high byte follows from the low one.
//
// Left out: each channel of two is predicted by itself, though FLAC may write one of them as their
// difference.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codecs/common/predictors.h"
#include "codecs/flac/flac.h"
#include "codecs/flac/frame_predictors.h"

namespace zipdream {
namespace {

constexpr double kFloor = 1.0 / 1024;

class FlacPredictor final : public BytePredictor {
 public:
  explicit FlacPredictor(const FlacOptions& options) : sample_bytes_(options.sample_bytes()) {
    const FlacOptions mono = {.level = options.level, .format = options.format};
    const std::shared_ptr<const Codec> codec = make_flac(mono);
    channels_.assign(options.channels,
                     flac::ChannelPredictor(codec, static_cast<int>(8 * sample_bytes_)));
  }

  void observe(ByteView bytes) override {
    std::vector<std::vector<int>> samples(channels_.size());
    for (const Byte byte : bytes) {
      if (sample_bytes_ == 2 && !low_) {
        low_ = byte;
        continue;
      }
      samples[channel_].push_back(sample_bytes_ == 1
                                      ? flac::to_sample(byte)
                                      : static_cast<std::int16_t>(byte << 8 | *low_));
      low_.reset();
      channel_ = (channel_ + 1) % channels_.size();
    }
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (!samples[i].empty()) channels_[i].append(samples[i]);
    }
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights;
    weights.fill(kFloor / (low_ ? 65536 : 256));
    for (const flac::SignalPredictor& predictor : channels_[channel_].predictors()) {
      const double weight = (1 - kFloor) * predictor.weight;
      if (sample_bytes_ == 1) {
        flac::add_byte_distribution(predictor, weight, weights);
      } else if (!low_) {
        flac::add_low_byte_distribution(predictor, weight, weights);
      } else {
        flac::add_high_byte_distribution(predictor, weight, *low_, weights);
      }
    }
    normalize(weights, among, out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<FlacPredictor>(*this);
  }

 private:
  std::size_t sample_bytes_;
  std::vector<flac::ChannelPredictor> channels_;
  std::size_t channel_ = 0;  // of the next sample
  std::optional<Byte> low_;  // of a sample whose high byte is next
};

}  // namespace

std::unique_ptr<Predictor> make_flac_predictor(const Spec& spec,
                                               const PredictorOptions& /*options*/) {
  return std::make_unique<FlacPredictor>(flac_options(spec));
}

}  // namespace zipdream
