// SPDX-License-Identifier: Apache-2.0
// The loops that take a picture's time, by the vectors of the processor at hand. Every lane does
// what a loop over single floats would do, in the same order and without fused operations, so that
// the same bits come out everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace zipdream::image {

inline constexpr int kNeighbours = 32;           // regressors of the largest predictor
inline constexpr int kReach = 9;                 // rows above and columns to each side
inline constexpr int kColumns = 2 * kReach + 1;  // of a window
inline constexpr int kLanes = 16;                // rows of a window, filled up with zeros
inline constexpr int kSampleRows = kReach + 1;   // of a window, this row first, then upwards
inline constexpr int kSimilar = 8;               // neighbours by which two places are compared

// Values by column and row.
using WindowValues = std::array<std::array<float, kLanes>, kColumns>;

// The pixels around the next one as samples of a regression, by slot and row. A slot holds a column
// of the picture until that leaves the window; column x is in slot x modulo kColumns.
struct alignas(64) Window {
  std::array<WindowValues, kSimilar> similar;  // the first regressors once more
  WindowValues position;                       // class of the place, as a number; -1: no sample
  std::array<std::array<std::array<float, kNeighbours>, kSampleRows>, kColumns> regressors;
};

// A normal matrix of at most 32 regressors, by columns of 32 (of which only the part at and below
// the diagonal counts), and the right-hand side.
struct alignas(64) NormalEquations {
  std::array<std::array<float, kNeighbours>, kNeighbours> matrix;
  std::array<float, kNeighbours> right;
};

// Weights of the samples of a window by distance to the left or right + kReach, and row; and what
// is to be explained, by slot and row.
struct WeightedSamples {
  const Window& window;
  const WindowValues& weights;
  const WindowValues& targets;
  int reach;       // rows and columns that count
  int rows_above;  // that there are, at most `reach`
  int first_slot;  // of the leftmost column that counts
};

struct Kernels {
  const char* target;

  // inverse[i][slot][row] = same / (floor[i] + mean squared difference to `here` over kSimilar),
  // where `same` is 1 for samples of the class `position`, 0.4 for others, 0 for none.
  void (*weigh)(const Window& window, const float* here, float position,
                const std::array<float, 2>& floors, std::array<WindowValues, 2>& inverse);

  // out = sum of weight x (regressors x regressors', regressors x target) over the samples, of the
  // first 16 or 32 regressors.
  void (*accumulate)(const WeightedSamples& samples, int regressors, NormalEquations& out);

  // equations = decay x equations + weight x (x x', x target); 16 or 32 regressors.
  void (*update)(NormalEquations& equations, int regressors, const float* x, float weight,
                 float target, float decay);

  // x' d, where (matrix + ridge I) d = right. REQUIRES: regressors <= 32; x has 32 floats.
  float (*solve)(const NormalEquations& equations, int regressors, float ridge, const float* x);

  // Each replaced by its log2, error below 1e-6. REQUIRES: count is a multiple of 16; the values
  // are positive and normal.
  void (*log2_all)(float* values, int count);
};

// The fastest for this processor. Valid for the life of the program.
[[nodiscard]] const Kernels& best_kernels();

}  // namespace zipdream::image
