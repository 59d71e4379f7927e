// SPDX-License-Identifier: Apache-2.0
// Predictors of pixels from their neighbours; beyond the image's edge all is 0, as in PNG.
#include <algorithm>
#include <cassert>

#include "codecs/png/rows.h"
#include "models/residual/signal_predictor.h"

namespace zipdream {
namespace {

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

std::unique_ptr<SignalPredictor> make_pixel_predictor(const ResidualOptions& options) {
  return std::make_unique<PixelPredictor>(options);
}

}  // namespace zipdream
