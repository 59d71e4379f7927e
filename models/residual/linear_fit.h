// SPDX-License-Identifier: Apache-2.0
// Linear regression that forgets: the weights by which one number follows from some others, least
// squares over what was seen, older examples weighing less. Additions, multiplications and
// divisions in fixed order alone, so the same everywhere.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace zipdream {

class LinearFit {
 public:
  // Each example weighs `memory` times as much as the one after it.
  LinearFit(std::size_t inputs, double memory);

  // What would follow from these. REQUIRES: as many as there are inputs.
  [[nodiscard]] double predict(std::span<const double> inputs) const;

  // `value` followed from `inputs`.
  void learn(std::span<const double> inputs, double value);

 private:
  void solve();

  std::size_t size_;
  double memory_;
  std::size_t examples_ = 0;
  std::vector<double> products_;  // (size, size), its lower triangle: sums of input x input
  std::vector<double> targets_;   // (size): sums of input x value
  std::vector<double> weights_;   // (size)
  std::vector<double> room_;      // of solve(): (size, size)
};

}  // namespace zipdream
