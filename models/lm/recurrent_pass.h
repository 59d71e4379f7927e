// SPDX-License-Identifier: Apache-2.0
// The pass through the layers of RWKV-7 (Peng et al. 2025, arXiv 2503.14456), over runs of
// neighbouring positions as forward_pass.h has them. Instead of keys and values of all positions a
// layer keeps a matrix for each head, by keys and values, which each position lets fade, changes
// and reads; and the inputs of its two parts at the last position, since they see some of that too.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "models/lm/state_pages.h"
#include "models/lm/weights.h"

namespace zipdream {

// Scratch memory and the way through the layers. One thread; used for one pass.
class RecurrentPass {
 public:
  // Of the pages of a state: there is one for each layer.
  [[nodiscard]] static std::size_t page_floats(const LmConfig& config);

  // REQUIRES: config.recurrent; all outlive the pass; the runs have 1 to kMaxPassRows tokens
  // together, keep them, and no two of them have one state.
  RecurrentPass(const LmConfig& config, const LmWeights& weights, const Kernels& kernels,
                std::span<const TokenRun> runs);

  // The output of the last norm for each row: (rows, padded hidden_size). To be called once.
  [[nodiscard]] Floats run();

 private:
  // The rows of a run, and what the layer at hand keeps of its text.
  struct Rows {
    std::size_t begin;
    std::size_t count;
    StatePages* state;
    float* page;
  };

  void embed();
  void mix_time(const LayerWeights& layer, bool is_first);
  void mix_channels(const LayerWeights& layer);
  void norm(const NormWeights& weights, const Floats& from, Floats& to) const;
  void find_before(std::size_t place);
  void keep_last(std::size_t place);
  const Floats& shifted(const Floats& share);
  void multiply_rows(const Matrix& matrix, const Floats& x, Floats& y) const;
  void multiply_low_rank(const LowRankWeights& weights, const Floats& x,
                         std::optional<Activation> between, Floats& y);
  void activate(Activation activation, std::size_t count, std::size_t stride, Floats& x) const;
  void mix_heads(const LayerWeights& layer, bool is_first);
  void add_part();

  const LmConfig& config_;
  const LmWeights& weights_;
  const Kernels& kernels_;
  std::vector<Symbol> tokens_;  // of each row
  std::vector<Rows> runs_;
  std::vector<const float*> before_;  // of each row: normed_ at the position before

  // Rows of the arrays below, and how far apart they lie: their length, padded.
  std::size_t rows_;
  std::size_t stride_;
  std::size_t mlp_stride_;
  std::size_t rank_stride_;

  // All but two are [rows][hidden_size].
  Floats x_;       // the residual stream through the layers
  Floats normed_;  // the input of a part
  Floats shifted_;
  Floats receptances_;
  Floats decays_;
  Floats keys_;
  Floats values_;
  Floats first_values_;  // of the first layer
  Floats first_shares_;
  Floats rates_;
  Floats gates_;
  Floats ranks_;  // [rows][the largest rank]
  Floats mixed_;  // what was read of the states
  Floats mlp_;    // [rows][intermediate_size]
  Floats part_;   // what a part adds to the stream
};

}  // namespace zipdream
