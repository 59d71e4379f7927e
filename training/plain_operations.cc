// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "training/operations.h"

namespace zipdream::plain {
namespace {

// x: [sequences, heads, length, head_size].
at::Tensor turned(const at::Tensor& x, const at::Tensor& turns) {
  const at::Tensor cos = turns.select(-1, 0).to(x.scalar_type());
  const at::Tensor sin = turns.select(-1, 1).to(x.scalar_type());
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor a = x.narrow(-1, 0, half);
  const at::Tensor b = x.narrow(-1, half, half);
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& turns,
                            const AttentionSizes& sizes) {
  const at::Tensor parts =
      projections.view({sizes.sequences, sizes.length, 3, sizes.heads, sizes.head_size})
          .permute({2, 0, 3, 1, 4});
  at::Tensor queries = parts.select(0, 0);
  at::Tensor keys = parts.select(0, 1);
  if (turns.defined()) {
    queries = turned(queries, turns);
    keys = turned(keys, turns);
  }
  const double scale = 1 / std::sqrt(static_cast<double>(sizes.head_size));
  const at::Tensor later =
      at::ones({sizes.length, sizes.length}, projections.options().dtype(at::kBool)).triu(1);
  const at::Tensor scores = (at::matmul(queries * scale, keys.transpose(-1, -2)))
                                .masked_fill(later, -std::numeric_limits<double>::infinity());
  const at::Tensor shares = at::softmax(scores, -1, at::kFloat).to(projections.scalar_type());
  return at::matmul(shares, parts.select(0, 2))
      .transpose(1, 2)
      .reshape({sizes.sequences * sizes.length, sizes.heads * sizes.head_size});
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor scale = at::rsqrt(wide.square().mean({-1}, true) + epsilon);
  return (wide * scale * weight.to(at::kFloat)).to(x.scalar_type());
}

at::Tensor swiglu(const at::Tensor& x) {
  const std::int64_t hidden = x.size(-1) / 2;
  return at::silu(x.narrow(-1, 0, hidden)) * x.narrow(-1, hidden, hidden);
}

}  // namespace zipdream::plain
