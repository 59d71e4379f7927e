// SPDX-License-Identifier: Apache-2.0
// All that is known of the next pixel before it comes: its neighbours, predictions of it, and how
// far these were off nearby.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "models/image/plane.h"
#include "models/image/regression.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

inline constexpr std::size_t kErrors = kEstimates + 1;  // of the estimates, and of their mean
inline constexpr std::size_t kErrorPlaces = 11;         // nearby, at which errors are looked at

// What is seen of a place. Everything depends on the bytes before it alone.
struct Outlook {
  int x = 0;
  int y = 0;
  int channel = 0;
  int width = 0;
  Surroundings place;
  Estimates estimates;
  // Of the mean at the error places, pixel less prediction; 0 outside the picture.
  std::array<float, kErrorPlaces> errors;
  std::array<float, kErrors> near_error;  // weighted means of |error| nearby, of each estimate
  // Of the channels before, the last first, at this place: as `errors`.
  std::array<float, 2> other_errors{};
  float run_error = 0;      // a mean of |error| over all before
  float activity = 0;       // root of the mean square of the first regressors: 6,
  float wide_activity = 0;  // and 24
  float scale = 0;          // that the error of the mean is expected to have
};

// `Rows`: PixelRows, or PyramidRows (pyramid_rows.h). Copies are independent. Threads: as a
// standard container.
template <typename Rows>
class PictureOf {
 public:
  // `rows`: of which nothing was read. `fixed` is empty or has the weights of each channel, by kind
  // of place. REQUIRES: it outlives this.
  PictureOf(const Rows& rows, std::span<const FixedWeights> fixed);

  // Of the next byte.
  [[nodiscard]] const Outlook& outlook() const { return outlook_; }
  [[nodiscard]] const Rows& rows() const { return rows_; }

  void append(Byte byte);

  // A weighted mean of |error| of the mean in the rows above the next pixel and the ten to the
  // right, and to its left, of the first channel; above 0.
  [[nodiscard]] float error_around() const;

 private:
  static constexpr int kErrorRows = 3;
  using ErrorsOfPlace = std::array<float, 16>;  // |error| of each estimate; then the mean's, signed

  struct Channel {
    Regression<Rows> regression;
    std::vector<ErrorsOfPlace> errors;  // (kErrorRows, width)
    float run_error = 4;
  };

  // Of the kind of place that comes next.
  [[nodiscard]] Channel& channel(int number) {
    return channels_[rows_.kind() * rows_.channels() + number];
  }
  void begin_rows();
  void look_ahead();
  void look_at_errors(const Channel& channel);
  [[nodiscard]] const ErrorsOfPlace* errors_at(const Channel& channel, int x, int y) const;

  Rows rows_;
  std::vector<Channel> channels_;  // (kinds, channels)
  Outlook outlook_;
};

using Picture = PictureOf<PixelRows>;

}  // namespace zipdream::image
