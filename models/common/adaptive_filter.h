// SPDX-License-Identifier: Apache-2.0
// Linear predictors that learn with every value: recursive least squares and normalised least mean
// squares. Doubles in one fixed order, without fused operations: the same bits on every machine.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace zipdream {

// Vectors of doubles, in the lanes of whatever vectors the machine has. REQUIRES: all arrays have
// `count` numbers, or the padding that is named.
namespace lanes {

inline constexpr std::size_t kPadding = 8;  // numbers
[[nodiscard]] constexpr std::size_t padded(std::size_t count) {
  return (count + kPadding - 1) / kPadding * kPadding;
}

// The sum of a[i] b[i], in eight partial sums. REQUIRES: count is a multiple of kPadding.
[[nodiscard]] double dot(const double* a, const double* b, std::size_t count);

// a[i] += factor b[i].
void add_scaled(double* a, double factor, const double* b, std::size_t count);

// a[i] = decay a[i] + factor b[i].
void decay_and_add(double* a, double decay, double factor, const double* b, std::size_t count);

}  // namespace lanes

// Weighted least squares over the examples so far, older ones weighing less: by Woodbury's identity
// the inverse of the inputs' covariance is kept and changed with every example. It starts as if it
// had seen many examples already.
// Copies share what it starts from. Threads: as a standard container.
class RecursiveLeastSquares {
 public:
  struct Start {
    // `size` weights; `inverse`, (size, size), symmetric: the inverse of the sum of input x input
    // of the examples before the first. Each example weighs `memory` times as much as the next one,
    // but while the trace of the inverse is above `max_trace` of each input, as silence brings it
    // about, nothing is forgotten.
    Start(std::span<const double> weights, std::span<const double> inverse, double memory,
          double max_trace = 1);

    std::size_t size;
    std::size_t padded;           // lanes::padded(size)
    std::vector<double> weights;  // (padded)
    std::vector<double> inverse;  // (padded, padded)
    double memory;
    double max_trace;  // of all inputs
  };

  explicit RecursiveLeastSquares(std::shared_ptr<const Start> start);

  // The prediction from the first inputs. REQUIRES: start->size of them.
  double predict(const double* inputs);

  // Learns that `value` followed from the last inputs, an example that weighs `confidence`, above
  // 0, and predicts from the next inputs. The prediction is finite if the inputs and the value are.
  double learn(double value, double confidence, const double* inputs);

 private:
  void set_inputs(const double* inputs);
  void reset();

  std::shared_ptr<const Start> start_;
  std::vector<double> weights_;  // (padded)
  std::vector<double> inverse_;  // (padded, padded)
  std::vector<double> inputs_;   // (padded): the last ones
  std::vector<double> gain_;     // (padded): inverse x inputs
  std::vector<double> scaled_;   // (padded): scratch
  double prediction_ = 0;
  double trace_ = 0;
};

// Stochastic gradient descent whose step is normalised by the energy of the inputs.
// Threads: as a standard container.
class NormalizedLms {
 public:
  // REQUIRES: size is a multiple of lanes::kPadding.
  NormalizedLms(std::size_t size, double step) : step_(step), weights_(size) {}

  // The prediction from `size` inputs.
  double predict(const double* inputs);

  // Learns that `value` followed from those inputs, of which the last prediction was made.
  void learn(double value, const double* inputs);

 private:
  double step_;
  std::vector<double> weights_;
  double prediction_ = 0;
};

}  // namespace zipdream
