// SPDX-License-Identifier: Apache-2.0
#include "models/image/picture.h"

#include <algorithm>
#include <cmath>

#include "models/image/pyramid_rows.h"

namespace zipdream::image {
namespace {

constexpr float kNoError = 4;

struct ErrorPlace {
  int dx;
  int dy;
  float weight;
};
constexpr std::array<ErrorPlace, kErrorPlaces> kPlaces = {{{-1, 0, 2},
                                                           {0, -1, 2},
                                                           {-1, -1, 1},
                                                           {1, -1, 1.2F},
                                                           {-2, 0, 0.8F},
                                                           {0, -2, 0.8F},
                                                           {2, -1, 0.4F},
                                                           {-2, -1, 0.3F},
                                                           {1, -2, 0.4F},
                                                           {-1, -2, 0.3F},
                                                           {-3, 0, 0.3F}}};

float root_mean_square(const Surroundings& place, int count) {
  float sum = 0;
  for (int k = 0; k < count; ++k) sum += place.regressors[k] * place.regressors[k];
  return std::sqrt(sum / static_cast<float>(count));
}

}  // namespace

template <typename Rows>
PictureOf<Rows>::PictureOf(const Rows& rows, std::span<const FixedWeights> fixed) : rows_(rows) {
  channels_.reserve(Rows::kKinds * rows.channels());
  for (std::size_t kind = 0; kind < Rows::kKinds; ++kind) {
    for (int c = 0; c < rows.channels(); ++c) {
      const FixedWeights* const weights = fixed.empty() ? nullptr : &fixed[channels_.size()];
      channels_.push_back(
          {Regression<Rows>(c, typename Rows::Around(kind, c, rows.channels()), weights), {}});
    }
  }
  begin_rows();
  look_ahead();
}

template <typename Rows>
void PictureOf<Rows>::begin_rows() {
  for (int c = 0; c < rows_.channels(); ++c) {
    channel(c).regression.forget_window();
    channel(c).errors.assign(static_cast<std::size_t>(kErrorRows) * rows_.width(), {});
  }
}

template <typename Rows>
const typename PictureOf<Rows>::ErrorsOfPlace* PictureOf<Rows>::errors_at(const Channel& channel,
                                                                          int x, int y) const {
  if (x < 0 || x >= rows_.width() || y < 0) return nullptr;
  return &channel.errors[static_cast<std::size_t>(y % kErrorRows) * rows_.width() + x];
}

template <typename Rows>
void PictureOf<Rows>::look_at_errors(const Channel& channel) {
  std::array<float, 16> sums{};
  float weights = 0;
  for (std::size_t i = 0; i < kErrorPlaces; ++i) {
    const ErrorPlace& place = kPlaces[i];
    const ErrorsOfPlace* const errors =
        errors_at(channel, outlook_.x + place.dx, outlook_.y + place.dy);
    outlook_.errors[i] = errors == nullptr ? 0 : (*errors)[kErrors];
    if (errors == nullptr) continue;
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += place.weight * (*errors)[k];
    weights += place.weight;
  }
  for (int other = 0; other < 2; ++other) {
    const int before = outlook_.channel - 1 - other;
    outlook_.other_errors[other] =
        before < 0 ? 0 : (*errors_at(this->channel(before), outlook_.x, outlook_.y))[kErrors];
  }
  for (std::size_t k = 0; k < kErrors; ++k) {
    outlook_.near_error[k] = weights > 0 ? sums[k] / weights : kNoError;
  }
}

template <typename Rows>
float PictureOf<Rows>::error_around() const {
  constexpr float kLeast = 0.3F;
  float sum = 0;
  float weights = 0;
  const auto add = [&](int dx, int dy, float weight) {
    const ErrorsOfPlace* const errors = errors_at(channels_[0], outlook_.x + dx, outlook_.y + dy);
    if (errors == nullptr) return;
    sum += weight * (*errors)[kEstimates];
    weights += weight;
  };
  for (int dx = -1; dx <= 8; ++dx) {
    add(dx, -1, 1);
    add(dx, -2, 0.5F);
  }
  for (int dx = -4; dx < 0; ++dx) add(dx, 0, 1);
  return weights > 0 ? kLeast + sum / weights : kNoError;
}

template <typename Rows>
void PictureOf<Rows>::look_ahead() {
  outlook_.x = rows_.x();
  outlook_.y = rows_.y();
  outlook_.channel = rows_.channel();
  outlook_.width = rows_.width();
  Channel& channel = this->channel(outlook_.channel);
  outlook_.estimates = channel.regression.predict(rows_);
  outlook_.place = channel.regression.here();
  look_at_errors(channel);
  outlook_.run_error = channel.run_error;
  outlook_.activity = root_mean_square(outlook_.place, 6);
  outlook_.wide_activity = root_mean_square(outlook_.place, 24);
  outlook_.scale = 0.08F + 0.75F * outlook_.near_error[kEstimates] + 0.08F * outlook_.activity +
                   0.05F * outlook_.run_error;
}

template <typename Rows>
void PictureOf<Rows>::append(Byte byte) {
  Channel& channel = this->channel(outlook_.channel);
  channel.regression.learn(byte);
  const auto pixel = static_cast<float>(byte);
  ErrorsOfPlace& errors =
      channel
          .errors[static_cast<std::size_t>(outlook_.y % kErrorRows) * rows_.width() + outlook_.x];
  for (std::size_t k = 0; k < kEstimates; ++k) {
    errors[k] = std::abs(pixel - outlook_.estimates.value[k]);
  }
  errors[kErrors] = pixel - outlook_.estimates.mean;
  errors[kEstimates] = std::abs(errors[kErrors]);
  channel.run_error = 0.985F * channel.run_error + 0.015F * errors[kEstimates];
  if (rows_.append(byte)) begin_rows();
  look_ahead();
}

template class PictureOf<PixelRows>;
template class PictureOf<PyramidRows>;

}  // namespace zipdream::image
