// SPDX-License-Identifier: Apache-2.0
// The forward pass, over one block of neighbouring positions: one token when generating, many when
// reading what is given. It reads like the papers; the numbers are made by kernels.h.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/lm/aligned.h"
#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "models/lm/kv_cache.h"
#include "models/lm/positions.h"
#include "models/lm/weights.h"
#include "zipdream/predictor.h"

namespace zipdream {

// y[row] = matrix x[row], on several threads where that is worth it.
void multiply(const Kernels& kernels, const Matrix& matrix, const float* x, std::size_t x_stride,
              std::size_t rows, float* y, std::size_t y_stride);

// Scratch and the way through the layers. One thread; used for one pass.
class ForwardPass {
 public:
  static constexpr std::size_t kMaxRows = 64;

  // Rows are the positions first .. first + tokens.size() - 1. REQUIRES: all outlive the block;
  // 1 to kMaxRows tokens.
  ForwardPass(const LmConfig& config, const LmWeights& weights, const Positions& positions,
              const Kernels& kernels, std::span<const Symbol> tokens, std::size_t first,
              KvCache& cache);

  void run();

  // What the last norm made of a row: (padded width).
  [[nodiscard]] const float* result(std::size_t row) const { return &x_[row * width_]; }

 private:
  void embed();
  void attend(const LayerWeights& layer, std::size_t index);
  void place_in_cache(std::size_t layer);
  [[nodiscard]] float* cache_column(std::size_t row, std::size_t place);
  void mix_heads(std::size_t layer);
  void feed_forward(const LayerWeights& layer);
  void activate();
  void add_and_norm(const NormWeights& norm);
  void norm(const NormWeights& weights, const Floats& from, Floats& to) const;
  [[nodiscard]] std::size_t cache_place(std::size_t layer, bool values, std::size_t head) const;

  const LmConfig& config_;
  const LmWeights& weights_;
  const Positions& positions_;
  const Kernels& kernels_;
  std::span<const Symbol> tokens_;
  std::size_t first_;
  std::vector<std::vector<float>> turns_;  // of each row
  std::vector<const float*> pages_;        // of all positions up to the block's last
  std::vector<float*> own_pages_;          // those of the block's positions

  // Widths of rows, padded.
  std::size_t rows_;
  std::size_t width_;
  std::size_t projected_width_;
  std::size_t mixed_width_;
  std::size_t hidden_width_;

  Floats x_;          // [rows][width] the stream that runs through the layers
  Floats normed_;     // [rows][width]
  Floats projected_;  // [rows][(heads + 2 kv_heads) head_size] queries, keys, values
  Floats mixed_;      // [rows][heads head_size]
  Floats hidden_;     // [rows][hidden], kSwiGlu [rows][2 hidden]
  Floats part_;       // [rows][width] what a part adds to the stream
};

}  // namespace zipdream
