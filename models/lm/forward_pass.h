// SPDX-License-Identifier: Apache-2.0
// The forward pass, over runs of neighbouring positions: one token when generating, many when
// reading a prompt, one of each text when several go on together. It reads like the papers; the
// numbers are made by kernels.h.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "models/lm/positions.h"
#include "models/lm/state_pages.h"
#include "models/lm/weights.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Scratch memory and the way through the layers. One thread; used for one pass.
class ForwardPass {
 public:
  // REQUIRES: all outlive the pass; the runs have 1 to kMaxPassRows tokens together, and no two of
  // them one state if one of them is kept.
  ForwardPass(const LmConfig& config, const LmWeights& weights, const Positions& positions,
              const Kernels& kernels, std::span<const TokenRun> runs);

  // The output of the last norm for each row: (rows, padded hidden_size). To be called once.
  [[nodiscard]] Floats run();

 private:
  // The rows of a run, and its text's pages of the cache up to the last of them.
  struct Rows {
    std::size_t begin;
    std::size_t count;
    std::size_t first;                // the position of the first
    std::vector<const float*> pages;  // null: one that is only begun by this pass, and not kept
    std::vector<float*> own_pages;    // those of the positions of this pass; none: they aren't kept
  };

  void add_rows(const TokenRun& run);
  void embed();
  [[nodiscard]] const Floats& input_of(const NormWeights& before);
  void attend(const LayerWeights& layer, std::size_t index, const Floats& input);
  void arrange_heads(const LayerWeights& layer, std::size_t row);
  void unpair(float* head) const;
  void norm_heads(const NormWeights& weights, std::size_t heads, float* x) const;
  void rotate_heads(std::size_t layer, std::size_t row);
  void place_in_cache(std::size_t layer, const Rows& rows, std::size_t i) const;
  void place_head(std::size_t layer, std::size_t head, std::size_t row, float* page) const;
  void mix_heads(std::size_t layer);
  void add_own_positions(std::size_t layer, std::size_t head, const Rows& rows,
                         std::vector<const float*>& pages) const;
  void feed_forward(const LayerWeights& layer, const Floats& input);
  void activate();
  void add_part();  // to the stream
  void norm(const NormWeights& weights, const Floats& from, Floats& to) const;
  void norm_one(const NormWeights& weights, const float* x, std::size_t count, float* y) const;
  [[nodiscard]] std::size_t cache_place(std::size_t layer, bool values, std::size_t head) const;

  const LmConfig& config_;
  const LmWeights& weights_;
  const Positions& positions_;
  const Kernels& kernels_;
  std::vector<Symbol> tokens_;               // of each row
  std::vector<std::size_t> position_of_;     // of each row
  std::vector<std::size_t> run_of_;          // of each row, its place in runs_
  std::vector<std::vector<float>> cos_sin_;  // of each row
  std::vector<std::vector<float>> local_cos_sin_;
  std::vector<Rows> runs_;

  // Rows of the arrays below, and how far apart they lie: their length, padded.
  std::size_t rows_;
  std::size_t x_stride_;
  std::size_t qkv_stride_;
  std::size_t mixed_stride_;
  std::size_t mlp_stride_;

  Floats x_;       // [rows][hidden_size] the residual stream through the layers
  Floats normed_;  // [rows][hidden_size]
  Floats qkv_;     // [rows][(num_heads + 2 num_kv_heads) head_dim] queries, keys, values
  Floats mixed_;   // [rows][num_heads head_dim] the values that attention mixed
  Floats mlp_;     // [rows][intermediate_size], gated: [rows][2 intermediate_size]
  Floats part_;    // [rows][hidden_size] what attention or feed-forward adds to the stream
};

}  // namespace zipdream
