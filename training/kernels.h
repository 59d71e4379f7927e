// SPDX-License-Identifier: Apache-2.0
// The parts of a training step that general libraries do slowly on processors, each forward and
// backward in one pass over memory: causal attention without its [length][length] matrices in
// memory (Dao et al. 2022, arXiv 2205.14135), RMSNorm, SwiGLU. Vectors are chosen at run time.
// Sums are in an order of each kind of vectors' own, so runs on unlike machines differ in the last
// bits; on one machine they don't. (What samples and codes is models/lm, whose bits never differ.)
//
// Threads: pure functions; each call writes to its own places only.
#pragma once

#include <cstddef>
#include <vector>

namespace zipdream {

// One head of one sequence. Queries, keys and values lie in the rows of `projections`, [length][3
// hidden_size]: queries of all heads first, then keys, then values.
struct HeadOfSequence {
  const float* projections;
  std::size_t length;
  std::size_t hidden_size;  // of the model: num_heads * head_dim
  std::size_t head_dim;
  std::size_t head;
  // [length][head_dim / 2] pairs of cos and sin by which queries and keys are rotated (rotary
  // positions); null: they are not.
  const float* cos_sin;
};

// Scratch memory that is kept between calls; one thread's.
using Scratch = std::vector<float>;

struct TrainingKernels {
  // out: [length][hidden_size], this head's columns of it are written. log_sums: [length], what
  // attend_backward() needs to know of the softmax.
  void (*attend)(const HeadOfSequence& head, Scratch& scratch, float* out, float* log_sums);
  // d_out is the gradient of out; the head's columns of d_projections, [length][3 hidden_size],
  // are written.
  void (*attend_backward)(const HeadOfSequence& head, const float* out, const float* log_sums,
                          const float* d_out, Scratch& scratch, float* d_projections);

  // y[r] = x[r] / sqrt(mean(x[r]^2) + epsilon) weight. REQUIRES: width is a multiple of 16.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, std::size_t rows,
                   std::size_t width, float* y);
  // The gradients of rms_norm(): adds to d_weight, writes d_x.
  void (*rms_norm_backward)(const float* x, const float* weight, float epsilon, const float* d_y,
                            std::size_t rows, std::size_t width, float* d_x, float* d_weight);

  // y[r][i] = g / (1 + e^-g) u, where g = x[r][i] and u = x[r][size + i]. REQUIRES: size is a
  // multiple of 16.
  void (*swiglu)(const float* x, std::size_t rows, std::size_t size, float* y);
  // The gradient of swiglu().
  void (*swiglu_backward)(const float* x, const float* d_y, std::size_t rows, std::size_t size,
                          float* d_x);
};

// The kernels for the best vectors that this machine has. Valid for the life of the program.
[[nodiscard]] const TrainingKernels& training_kernels();

}  // namespace zipdream
