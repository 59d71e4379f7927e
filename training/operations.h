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
  std::int64_t heads;
  std::int64_t head_size;
};

// Causal attention. projections: [sequences length, 3 heads head_size], queries, keys and values.
// turns: [length, head_size / 2, 2], cos and sin by which queries and keys are turned, or
// undefined. Gives [sequences length, heads head_size].
[[nodiscard]] at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& turns,
                                          const AttentionSizes& sizes);

// x / sqrt(mean(x^2) + epsilon) weight, over rows.
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

// x: [rows, 2 hidden], the gate first. Gives [rows, hidden].
[[nodiscard]] at::Tensor swiglu(const at::Tensor& x);

// The same by libtorch's operations everywhere.
namespace plain {
[[nodiscard]] at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& turns,
                                          const AttentionSizes& sizes);
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon);
[[nodiscard]] at::Tensor swiglu(const at::Tensor& x);
}  // namespace plain

}  // namespace zipdream
