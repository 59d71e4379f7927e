// SPDX-License-Identifier: Apache-2.0
// The forward pass, over runs of neighbouring positions: one token when generating, many when
// reading a prompt, one of each text when several go on together. It reads like the papers; the
// numbers are made by kernels.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "models/lm/positions.h"
#include "models/lm/weights.h"
#include "zipdream/predictor.h"

namespace zipdream {

// The keys and values of the positions seen so far, by pages of kPanel positions. Copies share
// pages until one of them writes, so that a model can be copied in microseconds wherever it stands.
// Threads: as a standard container; copying counts as reading.
class KvCache {
 public:
  explicit KvCache(std::size_t page_floats) : page_floats_(page_floats) {}
  KvCache(const KvCache& other);
  KvCache& operator=(KvCache other);
  ~KvCache() = default;

  void clear() { pages_.clear(); }

  // For writing: page `index`, which is new when there were as many before. Valid until the cache
  // is copied or cleared. REQUIRES: index <= the number of pages.
  [[nodiscard]] float* edit_page(std::size_t index);

  [[nodiscard]] const float* page(std::size_t index) const { return pages_[index].data->data(); }
  [[nodiscard]] std::size_t page_count() const { return pages_.size(); }

 private:
  struct Page {
    std::shared_ptr<Floats> data;
    std::uint64_t owned_in;  // the epoch in which it became this cache's alone
  };

  std::size_t page_floats_;
  std::vector<Page> pages_;
  mutable std::atomic<std::uint64_t> epoch_{1};  // being copied begins a new one
};

// y[row] = matrix x[row], on several threads where that is worth it.
void multiply(const Kernels& kernels, const Matrix& matrix, const float* x, std::size_t x_stride,
              std::size_t rows, float* y, std::size_t y_stride);

// Scratch memory and the way through the layers. One thread; used for one pass.
class ForwardPass {
 public:
  static constexpr std::size_t kMaxRows = 128;

  // Tokens that follow each other in one text: a row for each.
  struct Run {
    std::span<const Symbol> tokens;  // not empty
    std::size_t first;               // the position of the first of them
    KvCache* cache;                  // of the text
  };

  // REQUIRES: all outlive the pass; the runs have 1 to kMaxRows tokens together, and no two of them
  // a cache.
  ForwardPass(const LmConfig& config, const LmWeights& weights, const Positions& positions,
              const Kernels& kernels, std::span<const Run> runs);

  void run();

  // The output of the last norm for a row: (padded hidden_size).
  [[nodiscard]] const float* result(std::size_t row) const { return &x_[row * x_stride_]; }

 private:
  // The rows of a run, and its text's pages of the cache up to the last of them.
  struct Rows {
    std::size_t begin;
    std::size_t count;
    std::size_t first;  // the position of the first
    std::vector<const float*> pages;
    std::vector<float*> own_pages;  // those of the positions of this pass
  };

  void add_rows(const Run& run);
  void embed();
  [[nodiscard]] const Floats& input_of(const NormWeights& before);
  void attend(const LayerWeights& layer, std::size_t index, const Floats& input);
  void arrange_heads(const LayerWeights& layer, std::size_t row);
  void unpair(float* head) const;
  void norm_heads(const NormWeights& weights, std::size_t heads, float* x) const;
  static float* cache_column(const Rows& rows, std::size_t i, std::size_t place);
  void place_in_cache(std::size_t layer, const Rows& rows, std::size_t i);
  void mix_heads(std::size_t layer);
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
