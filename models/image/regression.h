// SPDX-License-Identifier: Apache-2.0
// Linear predictors of the next pixel of a channel that are fitted anew for each: by weighted least
// squares over the pixels around it, those in alike surroundings most, and by least squares over
// all before it, the latest most. Each explains what a fixed predictor leaves.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "models/image/kernels.h"
#include "models/image/plane.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

inline constexpr std::size_t kEstimates = 8;  // six fitted, the fixed one, the median predictor
inline constexpr std::size_t kFitted = 6;
inline constexpr std::size_t kFixedSizes = 4;  // of fixed predictors: 6, 10, 16, 32 regressors
inline constexpr std::size_t kPositions = 8;   // values of Position

// Weights of the fixed predictors: of each regressor for the four of them, by position.
using FixedWeights =
    std::array<std::array<std::array<float, kFixedSizes>, kNeighbours>, kPositions>;

struct Estimates {
  std::array<float, kEstimates> value;  // within 0..255
  float mean;                           // of the fitted ones
};

// `Rows`: PixelRows, or PyramidRows (pyramid.h). Copies are independent. Threads: as a standard
// container.
template <typename Rows>
class Regression {
 public:
  // `fixed` may be null: all weights 0. REQUIRES: it outlives this.
  Regression(int channel, const typename Rows::Around& around, const FixedWeights* fixed);

  // Other rows follow. What was learnt of all pixels before stays.
  void forget_window();

  // Of the next pixel of the channel. REQUIRES: called once for each, in turn.
  const Estimates& predict(const Rows& rows);

  // That pixel came; rows may have it or not.
  void learn(Byte byte);

  // Of the last predict().
  [[nodiscard]] const Surroundings& here() const { return here_; }
  [[nodiscard]] const Estimates& estimates() const { return estimates_; }

 private:
  void enter_column(const Rows& rows, int column);
  void put(int slot, int row, const Surroundings& place, float pixel);
  [[nodiscard]] std::array<float, kFixedSizes> fixed_part(const Surroundings& place) const;
  [[nodiscard]] float windowed(std::size_t which, const std::array<WindowValues, 2>& inverse) const;

  typename Rows::Around neighbourhood_;
  const FixedWeights* fixed_;
  int channel_;
  Window window_{};
  std::array<WindowValues, kFixedSizes> targets_{};
  std::array<NormalEquations, 2> recursive_{};
  int x_ = 0;
  int y_ = 0;
  Surroundings here_{};
  std::array<float, kFixedSizes> fixed_here_{};
  Estimates estimates_{};
};

}  // namespace zipdream::image
