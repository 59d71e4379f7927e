// SPDX-License-Identifier: Apache-2.0
// The parts of a network that libtorch has no single operation for, with their gradients: by our
// own kernels for floats on the processor, by libtorch's operations elsewhere.
//
// ATen's headers are slow to compile; this one is for the few files that build networks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace zipdream {

struct AttentionSizes {
  std::int64_t sequences;
  std::int64_t length;
  std::int64_t num_heads;
  std::int64_t head_dim;
};

// Causal attention. projections: [sequences length, 3 num_heads head_dim], queries, keys and
// values. cos_sin: [length, head_dim / 2, 2], by which queries and keys are rotated, or undefined.
// Gives [sequences length, num_heads head_dim].
[[nodiscard]] at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& cos_sin,
                                          const AttentionSizes& sizes);

// x / sqrt(mean(x^2) + epsilon) weight, over rows.
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

// x: [rows, 2 size], the gate first. Gives [rows, size].
[[nodiscard]] at::Tensor swiglu(const at::Tensor& x);

// These three by libtorch's operations everywhere.
namespace plain {
[[nodiscard]] at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& cos_sin,
                                          const AttentionSizes& sizes);
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon);
[[nodiscard]] at::Tensor swiglu(const at::Tensor& x);
}  // namespace plain

}  // namespace zipdream
