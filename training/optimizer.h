// SPDX-License-Identifier: Apache-2.0
// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) over flat arrays, with the gradient cut to a
// length.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>

#include "training/layout.h"

namespace zipdream {

struct AdamWOptions {
  double decay_1 = 0.9;
  double decay_2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0;  // of matrices; vectors have none
  double clip = 1;
};

class AdamW {
 public:
  // Both frames are zero. REQUIRES: `values` is [layout.size].
  AdamW(const Layout& layout, const at::Tensor& values, const AdamWOptions& options);

  // Changes the values by the gradients, and sets those to zero. `step` counts from 0.
  void step(std::size_t step, double learning_rate, at::Tensor& values, at::Tensor& gradients);

  // All that it remembers: [size] each.
  [[nodiscard]] at::Tensor& first_moment() { return first_; }
  [[nodiscard]] at::Tensor& second_moment() { return second_; }

 private:
  AdamWOptions options_;
  at::Tensor decays_;  // 1 where weights decay, else 0
  at::Tensor first_;
  at::Tensor second_;
};

}  // namespace zipdream
