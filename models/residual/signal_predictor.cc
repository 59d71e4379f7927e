// SPDX-License-Identifier: Apache-2.0
#include "models/residual/signal_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <utility>

#include "codecs/png/rows.h"
#include "media/media.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using NamedKind = std::pair<std::string_view, SignalPredictorKind>;
constexpr auto kKinds = std::to_array<NamedKind>({{"left", SignalPredictorKind::kLeft},
                                                  {"up", SignalPredictorKind::kUp},
                                                  {"average", SignalPredictorKind::kAverage},
                                                  {"paeth", SignalPredictorKind::kPaeth},
                                                  {"med", SignalPredictorKind::kMed},
                                                  {"line", SignalPredictorKind::kLinear2},
                                                  {"lpc", SignalPredictorKind::kLpc}});

// Whether it looks at the row above.
bool needs_rows(SignalPredictorKind kind) {
  return kind == SignalPredictorKind::kUp || kind == SignalPredictorKind::kAverage ||
         kind == SignalPredictorKind::kPaeth || kind == SignalPredictorKind::kMed;
}

Byte median(Byte left, Byte up, Byte upper_left) {
  const auto [low, high] = std::minmax(left, up);
  return static_cast<Byte>(std::clamp(left + up - upper_left, int{low}, int{high}));
}

Byte predict(SignalPredictorKind kind, Byte left, Byte up, Byte upper_left) {
  switch (kind) {
    case SignalPredictorKind::kUp:
      return png_prediction(2, left, up, upper_left);
    case SignalPredictorKind::kAverage:
      return png_prediction(3, left, up, upper_left);
    case SignalPredictorKind::kPaeth:
      return png_prediction(4, left, up, upper_left);
    case SignalPredictorKind::kMed:
      return median(left, up, upper_left);
    default:
      return left;
  }
}

// Predicts pixels from their neighbours; beyond the image's edge all is 0, as in PNG.
class PixelPredictor final : public SignalPredictor {
 public:
  explicit PixelPredictor(const ResidualOptions& options)
      : kind_(options.kind),
        channels_(options.channels),
        row_(options.width * options.channels + options.channels),
        corner_(options.channels) {
    assert(options.width > 0);
  }

  Byte residual(Byte byte) const override { return static_cast<Byte>(byte - next_); }
  Byte byte(Byte residual) const override { return static_cast<Byte>(residual + next_); }

  void append(Byte byte) override {
    Byte& place = row_[channels_ + at_];
    corner_[at_ % channels_] = place;
    place = byte;
    if (++at_ == row_.size() - channels_) {
      at_ = 0;
      std::ranges::fill(corner_, Byte{0});
    }
    next_ = predict(kind_, row_[at_], row_[channels_ + at_], corner_[at_ % channels_]);
  }

  std::unique_ptr<SignalPredictor> clone() const override {
    return std::make_unique<PixelPredictor>(*this);
  }

 private:
  SignalPredictorKind kind_;
  std::size_t channels_;
  Bytes row_;  // a pixel of zeros, this row up to at_, the row above from there on
  std::size_t at_ = 0;
  Bytes corner_;  // one pixel: what the row above had last where this row has been
  Byte next_ = 0;
};

}  // namespace

ResidualOptions residual_options(const Spec& spec) {
  const std::string kind = spec.get("kind");
  const auto* const found = std::find_if(
      kKinds.begin(), kKinds.end(), [&](const NamedKind& named) { return named.first == kind; });
  const ResidualOptions options{.kind = found->second,
                                .width = spec.number("width"),
                                .channels = spec.number("channels"),
                                .format = sample_format(spec.get("format"))};
  if (needs_rows(options.kind) && options.width == 0) {
    throw Error(Error::Kind::kUsage, spec.text(), "which pixels lie above others?",
                fmt::format("say residual:{},width=W:MODEL, or continue an image by rows that are "
                            "joint or whose top is the prompt",
                            kind));
  }
  return options;
}

std::unique_ptr<SignalPredictor> make_signal_predictor(const ResidualOptions& options) {
  if (needs_rows(options.kind)) return std::make_unique<PixelPredictor>(options);
  return make_sample_predictor(options);
}

Bytes take_residuals(SignalPredictor& predictor, ByteView bytes) {
  Bytes residuals;
  residuals.reserve(bytes.size());
  for (const Byte byte : bytes) {
    residuals.push_back(predictor.residual(byte));
    predictor.append(byte);
  }
  return residuals;
}

}  // namespace zipdream
