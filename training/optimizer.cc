// SPDX-License-Identifier: Apache-2.0
#include "training/optimizer.h"

#include <ATen/ATen.h>

#include <cmath>

namespace zipdream {

AdamW::AdamW(const Layout& layout, const at::Tensor& values, const AdamWOptions& options)
    : options_(options), first_(at::zeros_like(values)), second_(at::zeros_like(values)) {
  at::Tensor decays = at::zeros({values.size(0)}, at::kFloat);
  for (const Parameter& parameter : layout.parameters) {
    if (parameter.columns == 0) continue;
    decays
        .narrow(0, static_cast<std::int64_t>(parameter.offset),
                static_cast<std::int64_t>(parameter.size()))
        .fill_(1);
  }
  decays_ = decays.to(values.device());
}

void AdamW::step(std::size_t step, double learning_rate, at::Tensor& values,
                 at::Tensor& gradients) {
  const at::NoGradGuard no_gradients;
  const at::Tensor factor = (options_.clip / (gradients.norm() + 1e-6)).clamp_max(1);
  gradients.mul_(factor);
  const auto count = static_cast<double>(step + 1);
  first_.lerp_(gradients, 1 - options_.decay_1);
  second_.mul_(options_.decay_2).addcmul_(gradients, gradients, 1 - options_.decay_2);
  const double bias_1 = 1 - std::pow(options_.decay_1, count);
  const double bias_2 = 1 - std::pow(options_.decay_2, count);
  values.addcmul_(values, decays_, -learning_rate * options_.weight_decay);
  const at::Tensor size = (second_ / bias_2).sqrt_().add_(options_.epsilon);
  values.addcdiv_(first_, size, -learning_rate / bias_1);
  gradients.zero_();
}

}  // namespace zipdream
