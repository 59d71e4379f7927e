// SPDX-License-Identifier: Apache-2.0
#include "models/lm/forward_pass.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "base/process.h"
#include "models/lm/products.h"

namespace zipdream {
namespace {

// Of arranging one number of queries, keys and values, as that of so many multiply-adds.
constexpr std::size_t kPlacingWork = 64;

// Floats that a head takes on a page of the cache: a panel of its own.
std::size_t head_floats(const LmConfig& config) { return config.head_dim * kPanel; }

std::size_t rows_of(std::span<const TokenRun> runs) {
  std::size_t rows = 0;
  for (const TokenRun& run : runs) rows += run.tokens.size();
  return rows;
}

}  // namespace

ForwardPass::ForwardPass(const LmConfig& config, const LmWeights& weights,
                         const Positions& positions, const Kernels& kernels,
                         std::span<const TokenRun> runs)
    : config_(config),
      weights_(weights),
      positions_(positions),
      kernels_(kernels),
      rows_(rows_of(runs)),
      x_stride_(padded(config.hidden_size)),
      qkv_stride_(padded((config.num_heads + 2 * config.num_kv_heads) * config.head_dim)),
      mixed_stride_(padded(config.num_heads * config.head_dim)),
      mlp_stride_(padded(weights.layers.front().up.outputs())),
      x_(rows_ * x_stride_),
      normed_(rows_ * x_stride_),
      qkv_(rows_ * qkv_stride_),
      mixed_(rows_ * mixed_stride_),
      mlp_(rows_ * mlp_stride_ + kPanel),
      part_(rows_ * x_stride_) {
  assert(rows_ > 0 && rows_ <= kMaxPassRows);
  for (const TokenRun& run : runs) add_rows(run);
}

void ForwardPass::add_rows(const TokenRun& run) {
  const bool has_local = std::ranges::any_of(config_.layers, &LayerConfig::local);
  for (std::size_t i = 0; i < run.tokens.size(); ++i) {
    const std::size_t position = run.first + i;
    position_of_.push_back(position);
    run_of_.push_back(runs_.size());
    cos_sin_.push_back(positions_.cos_sin(position));
    if (has_local) local_cos_sin_.push_back(positions_.cos_sin(position, true));
  }
  Rows rows{tokens_.size(), run.tokens.size(), run.first, {}, {}};
  tokens_.insert(tokens_.end(), run.tokens.begin(), run.tokens.end());
  const std::size_t page_count = (run.first + rows.count + kPanel - 1) / kPanel;
  for (std::size_t page = run.first / kPanel; run.kept != nullptr && page < page_count; ++page) {
    rows.own_pages.push_back(run.kept->edit_page(page));
  }
  for (std::size_t page = 0; page < page_count; ++page) {
    rows.pages.push_back(page < run.state->page_count() ? run.state->page(page) : nullptr);
  }
  runs_.push_back(std::move(rows));
}

Floats ForwardPass::run() {
  embed();
  for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
    check_interrupt();
    const LayerWeights& layer = weights_.layers[i];
    const bool after_sum = config_.norm_place == LmConfig::NormPlace::kAfterSum;
    attend(layer, i, input_of(layer.attention_norm));
    norm(layer.attention_out_norm, part_, part_);
    if (config_.parallel) {
      const Floats& input = input_of(layer.mlp_norm);
      add_part();
      feed_forward(layer, input);
    } else {
      add_part();
      if (after_sum) norm(layer.attention_norm, x_, x_);
      feed_forward(layer, input_of(layer.mlp_norm));
    }
    norm(layer.mlp_out_norm, part_, part_);
    add_part();
    if (after_sum) norm(layer.mlp_norm, x_, x_);
  }
  norm(weights_.final_norm, x_, x_);
  return std::move(x_);
}

// What a part sees of the stream: all of it, by the norm if that stands before the part.
const Floats& ForwardPass::input_of(const NormWeights& before) {
  const bool has_before = config_.norm_place == LmConfig::NormPlace::kBefore ||
                          config_.norm_place == LmConfig::NormPlace::kAround;
  if (!has_before) return x_;
  norm(before, x_, normed_);
  return normed_;
}

void ForwardPass::embed() {
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::span<float> x(&x_[row * x_stride_], config_.hidden_size);
    weights_.embed(tokens_[row], x);
    if (config_.embedding_scale != 1) {
      for (float& value : x) value *= config_.embedding_scale;
    }
    positions_.add(position_of_[row], x);
  }
}

void ForwardPass::add_part() {
  constexpr std::size_t kWork = 8;  // of one, as that of so many multiply-adds
  share_work(rows_, kWork * x_stride_, [&](std::size_t first, std::size_t last) {
    kernels_.add(&part_[first * x_stride_], (last - first) * x_stride_, &x_[first * x_stride_]);
  });
}

void ForwardPass::norm(const NormWeights& weights, const Floats& from, Floats& to) const {
  if (weights.weight.empty()) return;
  constexpr std::size_t kWork = 16;  // of one, as that of so many multiply-adds
  share_work(rows_, kWork * x_stride_, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      norm_one(weights, &from[row * x_stride_], config_.hidden_size, &to[row * x_stride_]);
    }
  });
}

void ForwardPass::norm_one(const NormWeights& weights, const float* x, std::size_t count,
                           float* y) const {
  if (config_.norm == LmConfig::Norm::kRms) {
    kernels_.rms_norm(x, weights.weight.data(), config_.norm_epsilon, count, y);
  } else {
    kernels_.layer_norm(x, weights.weight.data(), weights.bias.data(), config_.norm_epsilon, count,
                        y);
  }
}

void ForwardPass::attend(const LayerWeights& layer, std::size_t index, const Floats& input) {
  multiply(kernels_, layer.qkv, input.data(), x_stride_, rows_, qkv_.data(), qkv_stride_);
  share_work(rows_, kPlacingWork * qkv_stride_, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      const Rows& rows = runs_[run_of_[row]];
      arrange_heads(layer, row);
      rotate_heads(index, row);
      if (!rows.own_pages.empty()) place_in_cache(index, rows, row - rows.begin);
    }
  });
  mix_heads(index);
  multiply(kernels_, layer.attention_out, mixed_.data(), mixed_stride_, rows_, part_.data(),
           x_stride_);
}

// Heads as the rotation wants them, normed.
void ForwardPass::arrange_heads(const LayerWeights& layer, std::size_t row) {
  const std::size_t heads = config_.num_heads + config_.num_kv_heads;
  float* const queries = &qkv_[row * qkv_stride_];
  float* const keys = queries + config_.num_heads * config_.head_dim;
  if (config_.paired_heads) {
    for (std::size_t head = 0; head < heads; ++head) unpair(queries + head * config_.head_dim);
  }
  norm_heads(layer.query_norm, config_.num_heads, queries);
  norm_heads(layer.key_norm, config_.num_kv_heads, keys);
}

// From rotated dimensions in pairs (0, 1), (2, 3), ... to halves (0, n / 2), (1, n / 2 + 1), ...
void ForwardPass::unpair(float* head) const {
  const std::size_t dim = config_.rope.dim == 0 ? config_.head_dim : config_.rope.dim;
  auto* const pairs = scratch<float>(dim);
  std::copy_n(head, dim, pairs);
  for (std::size_t i = 0; i < dim / 2; ++i) {
    head[i] = pairs[2 * i];
    head[dim / 2 + i] = pairs[2 * i + 1];
  }
}

// Norms what lies one after the other: by heads, or all of them together. Kernels write past the
// end, so that they get memory of their own.
void ForwardPass::norm_heads(const NormWeights& weights, std::size_t heads, float* x) const {
  if (weights.weight.empty()) return;
  const bool all = config_.qk_norm == LmConfig::QkNorm::kAll;
  const std::size_t size = (all ? heads : 1) * config_.head_dim;
  auto* const normed = scratch<float>(padded(size));
  for (std::size_t at = 0; at < heads * config_.head_dim; at += size) {
    norm_one(weights, x + at, size, normed);
    std::copy_n(normed, size, x + at);
  }
}

// On a page: [layer][keys, values][kv_head] panels.
std::size_t ForwardPass::cache_place(std::size_t layer, bool values, std::size_t head) const {
  return ((layer * 2 + (values ? 1 : 0)) * config_.num_kv_heads + head) * head_floats(config_);
}

// Rotates the queries of a row, which are scaled too, and the keys.
void ForwardPass::rotate_heads(std::size_t layer, std::size_t row) {
  const std::size_t size = config_.head_dim;
  const float scale = config_.attention_scale > 0 ? config_.attention_scale
                                                  : 1.0F / std::sqrt(static_cast<float>(size));
  const LayerConfig kind = config_.layer(layer);
  float* const queries = &qkv_[row * qkv_stride_];
  float* const keys = queries + config_.num_heads * size;
  const auto& cos_sin = kind.local ? local_cos_sin_ : cos_sin_;
  std::span<const float> angles;  // none: unmoved
  if (kind.rotary) angles = cos_sin[row];
  for (std::size_t head = 0; head < config_.num_heads; ++head) {
    const std::span<float> query(queries + head * size, size);
    Positions::rotate(angles, query);
    for (float& value : query) value *= scale;
  }
  for (std::size_t head = 0; head < config_.num_kv_heads; ++head) {
    Positions::rotate(angles, {keys + head * size, size});
  }
}

void ForwardPass::place_in_cache(std::size_t layer, const Rows& rows, std::size_t i) const {
  const std::size_t page = (rows.first + i) / kPanel - rows.first / kPanel;
  for (std::size_t head = 0; head < config_.num_kv_heads; ++head) {
    place_head(layer, head, rows.begin + i, rows.own_pages[page]);
  }
}

// Puts the key and the value that a row has for a head where its position has them on a page: the
// first dimension into the head's panel, and the others kPanel apart.
void ForwardPass::place_head(std::size_t layer, std::size_t head, std::size_t row,
                             float* page) const {
  const std::size_t size = config_.head_dim;
  const std::size_t column = position_of_[row] % kPanel;
  const float* const key = &qkv_[row * qkv_stride_ + (config_.num_heads + head) * size];
  const float* const value = key + config_.num_kv_heads * size;
  float* const to_keys = page + cache_place(layer, false, head) + column;
  float* const to_values = page + cache_place(layer, true, head) + column;
  for (std::size_t d = 0; d < size; ++d) {
    to_keys[d * kPanel] = key[d];
    to_values[d * kPanel] = value[d];
  }
}

// The pages of a run that isn't kept, with its own positions on pages of this thread's: what they
// have for one head alone. Valid until scratch<float>() is asked for again.
void ForwardPass::add_own_positions(std::size_t layer, std::size_t head, const Rows& rows,
                                    std::vector<const float*>& pages) const {
  const std::size_t first = rows.first / kPanel;
  const std::size_t page_floats = cache_place(config_.num_layers, false, 0);
  auto* const own = scratch<float>((rows.pages.size() - first) * page_floats);
  pages = rows.pages;
  for (std::size_t page = first; page < pages.size(); ++page) {
    float* const to = own + (page - first) * page_floats;
    for (const bool values : {false, true}) {
      const std::size_t place = cache_place(layer, values, head);
      if (pages[page] != nullptr) {
        std::copy_n(pages[page] + place, head_floats(config_), to + place);
      } else {
        std::fill_n(to + place, head_floats(config_), 0.0F);
      }
    }
    pages[page] = to;
  }
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::size_t page = (rows.first + i) / kPanel - first;
    place_head(layer, head, rows.begin + i, own + page * page_floats);
  }
}

// Each head of each run.
void ForwardPass::mix_heads(std::size_t layer) {
  const std::size_t sharing = config_.num_heads / config_.num_kv_heads;
  std::size_t work = 0;  // of all heads
  for (const Rows& rows : runs_) work += rows.count * (rows.first + rows.count);
  work = 2 * work * config_.head_dim / runs_.size();  // of one
  share_work(config_.num_heads * runs_.size(), work, [&](std::size_t begin, std::size_t end) {
    Floats scores;
    std::vector<const float*> with_own;
    for (std::size_t i = begin; i < end; ++i) {
      const Rows& rows = runs_[i / config_.num_heads];
      const std::size_t head = i % config_.num_heads;
      const std::size_t length = padded(rows.first + rows.count);
      const std::size_t floats = std::min(rows.count, kAttentionRows) * length;
      if (scores.size() < floats) scores.resize(floats);
      const bool is_kept = !rows.own_pages.empty();
      if (!is_kept) add_own_positions(layer, head / sharing, rows, with_own);
      kernels_.attend({.queries = &qkv_[rows.begin * qkv_stride_ + head * config_.head_dim],
                       .query_stride = qkv_stride_,
                       .rows = rows.count,
                       .first_length = rows.first + 1,
                       .window = config_.layer(layer).window,
                       .pages = (is_kept ? rows.pages : with_own).data(),
                       .keys = cache_place(layer, false, head / sharing),
                       .values = cache_place(layer, true, head / sharing),
                       .head_dim = config_.head_dim,
                       .scores = scores.data(),
                       .score_stride = length,
                       .out = &mixed_[rows.begin * mixed_stride_ + head * config_.head_dim],
                       .out_stride = mixed_stride_});
    }
  });
}

void ForwardPass::feed_forward(const LayerWeights& layer, const Floats& input) {
  multiply(kernels_, layer.up, input.data(), x_stride_, rows_, mlp_.data(), mlp_stride_);
  activate();
  multiply(kernels_, layer.down, mlp_.data(), mlp_stride_, rows_, part_.data(), x_stride_);
}

void ForwardPass::activate() {
  constexpr std::size_t kWork = 16;  // of one, as that of so many multiply-adds
  share_work(rows_, kWork * config_.intermediate_size, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      float* const x = &mlp_[row * mlp_stride_];
      kernels_.activate(config_.activation, x,
                        config_.gated ? x + config_.intermediate_size : nullptr,
                        config_.intermediate_size);
    }
  });
}

}  // namespace zipdream
