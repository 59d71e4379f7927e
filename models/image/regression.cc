// SPDX-License-Identifier: Apache-2.0
#include "models/image/regression.h"

#include <algorithm>

#include "models/image/pyramid_rows.h"

namespace zipdream::image {
namespace {

// A predictor by the pixels around: how many regressors, how far it looks, how a sample's weight
// falls with the distance, which of the two similarities it takes, and how strongly it is held to
// the fixed predictor.
struct Windowed {
  int regressors;
  std::size_t fixed_size;  // index
  int reach;
  float decay;
  std::size_t similarity;
  float ridge;
};
constexpr std::array<Windowed, 4> kWindowed = {{{10, 1, 6, 0.8F, 0, 7},
                                                {16, 2, 8, 0.9F, 1, 20},
                                                {32, 3, 9, 0.9F, 1, 30},
                                                {6, 0, 5, 0.8F, 0, 4}}};
constexpr std::array<float, 2> kSimilarityFloors = {4, 16};

// A predictor by all pixels before.
struct Recursion {
  int regressors;
  std::size_t fixed_size;
  float decay;
  float ridge;
};
constexpr std::array<Recursion, 2> kRecursions = {{{16, 2, 0.998F, 30}, {32, 3, 0.9998F, 30}}};
constexpr float kActivityFloor = 20;
constexpr float kOtherPosition = 0.4F;  // weight of what is not inside the picture

using Distances = std::array<WindowValues, kWindowed.size()>;

// decay^(|dx| + dy) for each sample that is known and near enough.
Distances make_distances() {
  Distances made{};
  for (std::size_t which = 0; which < kWindowed.size(); ++which) {
    const Windowed& form = kWindowed[which];
    for (int dx = -form.reach; dx <= form.reach; ++dx) {
      for (int row = dx < 0 ? 0 : 1; row <= form.reach; ++row) {
        float weight = 1;
        for (int i = 0; i < std::abs(dx) + row; ++i) weight *= form.decay;
        made[which][dx + kReach][row] = weight;
      }
    }
  }
  return made;
}

int slot_of(int column) { return (column + kColumns) % kColumns; }

float clamped(float value) { return std::clamp(value, 0.0F, 255.0F); }

}  // namespace

template <typename Rows>
Regression<Rows>::Regression(int channel, const typename Rows::Around& around,
                             const FixedWeights* fixed)
    : neighbourhood_(around), fixed_(fixed), channel_(channel) {
  forget_window();
}

template <typename Rows>
void Regression<Rows>::forget_window() {
  for (auto& column : window_.position) column.fill(-1);
}

template <typename Rows>
std::array<float, kFixedSizes> Regression<Rows>::fixed_part(const Surroundings& place) const {
  std::array<float, kFixedSizes> sums{};
  if (fixed_ == nullptr) return sums;
  const auto& weights = (*fixed_)[static_cast<std::size_t>(place.position)];
  for (std::size_t i = 0; i < kNeighbours; ++i) {
    for (std::size_t size = 0; size < kFixedSizes; ++size) {
      sums[size] += place.regressors[i] * weights[i][size];
    }
  }
  return sums;
}

template <typename Rows>
void Regression<Rows>::put(int slot, int row, const Surroundings& place, float pixel) {
  window_.regressors[slot][row] = place.regressors;
  for (std::size_t k = 0; k < kSimilar; ++k) window_.similar[k][slot][row] = place.regressors[k];
  window_.position[slot][row] = static_cast<float>(place.position);
  const std::array<float, kFixedSizes> fixed = fixed_part(place);
  for (std::size_t size = 0; size < kFixedSizes; ++size) {
    targets_[size][slot][row] = pixel - place.centre - fixed[size];
  }
}

template <typename Rows>
void Regression<Rows>::enter_column(const Rows& rows, int column) {
  const int slot = slot_of(column);
  window_.position[slot].fill(-1);
  if (column < 0 || column >= rows.width()) return;
  Surroundings place;
  for (int row = 1; row <= std::min(kReach, y_); ++row) {
    neighbourhood_.look(rows, column, y_ - row, place);
    put(slot, row, place, static_cast<float>(rows.at(channel_, column, y_ - row)));
  }
}

template <typename Rows>
float Regression<Rows>::windowed(std::size_t which,
                                 const std::array<WindowValues, 2>& inverse) const {
  static const Distances distances = make_distances();
  const Windowed& form = kWindowed[which];
  WindowValues weights;
  int slot = slot_of(x_ - kReach);
  for (int column = 0; column < kColumns; ++column) {
    for (int row = 0; row < kLanes; ++row) {
      weights[column][row] = distances[which][column][row] * inverse[form.similarity][slot][row];
    }
    if (++slot == kColumns) slot = 0;
  }
  const WeightedSamples samples{.window = window_,
                                .weights = weights,
                                .targets = targets_[form.fixed_size],
                                .reach = form.reach,
                                .rows_above = std::min(form.reach, y_),
                                .first_slot = slot_of(x_ - form.reach)};
  NormalEquations equations;
  const Kernels& kernels = best_kernels();
  kernels.accumulate(samples, form.regressors, equations);
  return kernels.solve(equations, form.regressors, form.ridge, here_.regressors.data()) +
         fixed_here_[form.fixed_size];
}

template <typename Rows>
const Estimates& Regression<Rows>::predict(const Rows& rows) {
  x_ = rows.x();
  y_ = rows.y();
  if (x_ == 0) {
    for (int column = -kReach; column < kReach; ++column) enter_column(rows, column);
  }
  enter_column(rows, x_ + kReach);
  neighbourhood_.look(rows, x_, y_, here_);
  fixed_here_ = fixed_part(here_);
  const Kernels& kernels = best_kernels();
  std::array<WindowValues, 2> inverse;
  kernels.weigh(window_, here_.regressors.data(), static_cast<float>(here_.position),
                kSimilarityFloors, inverse);
  std::array<float, kEstimates> off;
  off[0] = windowed(0, inverse);
  off[1] = windowed(1, inverse);
  off[2] = windowed(2, inverse);
  for (std::size_t i = 0; i < kRecursions.size(); ++i) {
    const Recursion& form = kRecursions[i];
    off[3 + i] =
        kernels.solve(recursive_[i], form.regressors, form.ridge, here_.regressors.data()) +
        fixed_here_[form.fixed_size];
  }
  off[5] = windowed(3, inverse);
  off[6] = fixed_here_[3];
  auto& value = estimates_.value;
  for (std::size_t i = 0; i < 7; ++i) value[i] = clamped(here_.centre + off[i]);
  value[7] = neighbourhood_.simple_prediction(rows, x_, y_);
  estimates_.mean =
      (2 * value[0] + 2 * value[1] + value[2] + value[3] + value[4] + value[5]) * 0.125F;
  return estimates_;
}

template <typename Rows>
void Regression<Rows>::learn(Byte byte) {
  const auto pixel = static_cast<float>(byte);
  put(slot_of(x_), 0, here_, pixel);
  float activity = 0;
  for (int k = 0; k < 12; ++k) activity += here_.regressors[k] * here_.regressors[k];
  activity *= 1.0F / 12;
  const float share = here_.position == Position::kInside ? 1 : kOtherPosition;
  const float weight = share / (activity + kActivityFloor);
  for (std::size_t i = 0; i < kRecursions.size(); ++i) {
    const Recursion& form = kRecursions[i];
    best_kernels().update(recursive_[i], form.regressors, here_.regressors.data(), weight,
                          pixel - here_.centre - fixed_here_[form.fixed_size], form.decay);
  }
}

template class Regression<PixelRows>;
template class Regression<PyramidRows>;

}  // namespace zipdream::image
