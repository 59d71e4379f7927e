// SPDX-License-Identifier: Apache-2.0
#include "models/lm/recurrent_pass.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/process.h"
#include "models/lm/products.h"

namespace zipdream {
namespace {

// On a layer's page: the heads' matrices, and the last inputs of its two parts.
std::size_t time_place(const LmConfig& config) { return config.hidden_size * config.head_dim; }
std::size_t channel_place(const LmConfig& config) {
  return time_place(config) + padded(config.hidden_size);
}

std::size_t rows_of(std::span<const TokenRun> runs) {
  std::size_t rows = 0;
  for (const TokenRun& run : runs) rows += run.tokens.size();
  return rows;
}

std::size_t largest_rank(const LmConfig::Recurrent& config) {
  return std::max({config.decay_rank, config.rate_rank, config.value_rank, config.gate_rank});
}

// Work on one number, as that of so many multiply-adds.
constexpr std::size_t kAddWork = 8;
constexpr std::size_t kNormWork = 16;

}  // namespace

std::size_t RecurrentPass::page_floats(const LmConfig& config) {
  return channel_place(config) + padded(config.hidden_size);
}

RecurrentPass::RecurrentPass(const LmConfig& config, const LmWeights& weights,
                             const Kernels& kernels, std::span<const TokenRun> runs)
    : config_(config),
      weights_(weights),
      kernels_(kernels),
      rows_(rows_of(runs)),
      stride_(padded(config.hidden_size)),
      mlp_stride_(padded(config.intermediate_size)),
      rank_stride_(padded(largest_rank(*config.recurrent))),
      ranks_(rows_ * rank_stride_),
      mlp_(rows_ * mlp_stride_) {
  assert(rows_ > 0 && rows_ <= kMaxPassRows);
  for (Floats* each : {&x_, &normed_, &shifted_, &receptances_, &decays_, &keys_, &values_,
                       &first_values_, &first_shares_, &rates_, &gates_, &mixed_, &part_}) {
    each->resize(rows_ * stride_);
  }
  before_.resize(rows_);
  for (const TokenRun& run : runs) {
    runs_.push_back({tokens_.size(), run.tokens.size(), run.kept, nullptr});
    tokens_.insert(tokens_.end(), run.tokens.begin(), run.tokens.end());
  }
}

Floats RecurrentPass::run() {
  embed();
  for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
    check_interrupt();
    const LayerWeights& layer = weights_.layers[i];
    for (Rows& rows : runs_) rows.page = rows.state->edit_page(i);
    norm(layer.attention_norm, x_, normed_);
    mix_time(layer, i == 0);
    add_part();
    norm(layer.mlp_norm, x_, normed_);
    mix_channels(layer);
    add_part();
  }
  norm(weights_.final_norm, x_, x_);
  return std::move(x_);
}

void RecurrentPass::embed() {
  for (std::size_t row = 0; row < rows_; ++row) {
    weights_.embed(tokens_[row], {&x_[row * stride_], config_.hidden_size});
  }
  norm(weights_.embedding_norm, x_, x_);
}

void RecurrentPass::norm(const NormWeights& weights, const Floats& from, Floats& to) const {
  share_work(rows_, kNormWork * stride_, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      kernels_.layer_norm(&from[row * stride_], weights.weight.data(), weights.bias.data(),
                          config_.norm_epsilon, config_.hidden_size, &to[row * stride_]);
    }
  });
}

// Where the input of the position before each row is: on the page, for the first of a run.
void RecurrentPass::find_before(std::size_t place) {
  for (const Rows& rows : runs_) {
    before_[rows.begin] = rows.page + place;
    for (std::size_t i = 1; i < rows.count; ++i) {
      before_[rows.begin + i] = &normed_[(rows.begin + i - 1) * stride_];
    }
  }
}

// For the next pass, when nothing asks for what was before this one any more.
void RecurrentPass::keep_last(std::size_t place) {
  for (const Rows& rows : runs_) {
    std::copy_n(&normed_[(rows.begin + rows.count - 1) * stride_], config_.hidden_size,
                rows.page + place);
  }
}

// The inputs with as much of those before. Valid until it is called again.
const Floats& RecurrentPass::shifted(const Floats& share) {
  share_work(rows_, kAddWork * stride_, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      kernels_.blend(&normed_[row * stride_], before_[row], share.data(), config_.hidden_size,
                     &shifted_[row * stride_]);
    }
  });
  return shifted_;
}

void RecurrentPass::multiply_rows(const Matrix& matrix, const Floats& x, Floats& y) const {
  multiply(kernels_, matrix, x.data(), stride_, rows_, y.data(), stride_);
}

void RecurrentPass::multiply_low_rank(const LowRankWeights& weights, const Floats& x,
                                      std::optional<Activation> between, Floats& y) {
  multiply(kernels_, weights.down, x.data(), stride_, rows_, ranks_.data(), rank_stride_);
  if (between) activate(*between, weights.down.outputs(), rank_stride_, ranks_);
  multiply(kernels_, weights.up, ranks_.data(), rank_stride_, rows_, y.data(), stride_);
}

void RecurrentPass::activate(Activation activation, std::size_t count, std::size_t stride,
                             Floats& x) const {
  share_work(rows_, kNormWork * count, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      kernels_.activate(activation, &x[row * stride], nullptr, count);
    }
  });
}

void RecurrentPass::mix_time(const LayerWeights& layer, bool is_first) {
  using Weights = RecurrentWeights;
  const Weights& weights = layer.recurrent;
  find_before(time_place(config_));
  multiply_rows(weights.receptance, shifted(weights.shares[Weights::kReceptance]), receptances_);
  multiply_low_rank(weights.decay, shifted(weights.shares[Weights::kDecay]), Activation::kTanh,
                    decays_);
  multiply_rows(weights.key, shifted(weights.shares[Weights::kKey]), keys_);
  const Floats& of_values = shifted(weights.shares[Weights::kValue]);
  multiply_rows(weights.value, of_values, is_first ? first_values_ : values_);
  if (!is_first) multiply_low_rank(weights.first_share, of_values, std::nullopt, first_shares_);
  multiply_low_rank(weights.rate, shifted(weights.shares[Weights::kRate]), std::nullopt, rates_);
  multiply_low_rank(weights.gate, shifted(weights.shares[Weights::kGate]), Activation::kSigmoid,
                    gates_);
  keep_last(time_place(config_));
  mix_heads(layer, is_first);
  multiply_rows(layer.attention_out, mixed_, part_);
}

// Each head of each run.
void RecurrentPass::mix_heads(const LayerWeights& layer, bool is_first) {
  constexpr std::size_t kStateWork = 4;  // on one number of a state
  const std::size_t size = config_.head_dim;
  const RecurrentWeights& weights = layer.recurrent;
  const std::size_t work = kStateWork * size * size * rows_ / runs_.size();
  share_work(config_.num_heads * runs_.size(), work, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const Rows& rows = runs_[i / config_.num_heads];
      const std::size_t head = i % config_.num_heads;
      const std::size_t at = head * size;  // in a row
      const std::size_t first = rows.begin * stride_ + at;
      kernels_.recur({.rows = rows.count,
                      .stride = stride_,
                      .head_dim = size,
                      .receptances = &receptances_[first],
                      .decays = &decays_[first],
                      .keys = &keys_[first],
                      .values = is_first ? &first_values_[first] : &values_[first],
                      .first_values = is_first ? nullptr : &first_values_[first],
                      .first_shares = &first_shares_[first],
                      .rates = &rates_[first],
                      .gates = &gates_[first],
                      .removal_scales = &weights.removal_scale[at],
                      .rate_shares = &weights.rate_share[at],
                      .bonuses = &weights.bonus[at],
                      .norm_weight = &weights.head_norm.weight[at],
                      .norm_bias = &weights.head_norm.bias[at],
                      .norm_epsilon = static_cast<float>(size) * config_.norm_epsilon,
                      .state = rows.page + at * size,
                      .scratch = scratch<float>(kRecurrentScratch * size),
                      .out = &mixed_[first]});
    }
  });
}

void RecurrentPass::mix_channels(const LayerWeights& layer) {
  find_before(channel_place(config_));
  const Floats& input = shifted(layer.recurrent.mlp_share);
  keep_last(channel_place(config_));
  multiply(kernels_, layer.up, input.data(), stride_, rows_, mlp_.data(), mlp_stride_);
  activate(config_.activation, config_.intermediate_size, mlp_stride_, mlp_);
  multiply(kernels_, layer.down, mlp_.data(), mlp_stride_, rows_, part_.data(), stride_);
}

void RecurrentPass::add_part() {
  share_work(rows_, kAddWork * stride_, [&](std::size_t first, std::size_t last) {
    kernels_.add(&part_[first * stride_], (last - first) * stride_, &x_[first * stride_]);
  });
}

}  // namespace zipdream
