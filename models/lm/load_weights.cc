// SPDX-License-Identifier: Apache-2.0
#include "models/lm/load_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace zipdream {
namespace {

class Loader {
 public:
  Loader(Checkpoint& checkpoint, const LmConfig& config, const TensorLayout& layout,
         std::optional<WeightFormat> format)
      : checkpoint_(checkpoint), config_(config), layout_(layout), format_(format) {
    const std::string in_prefix = layout.prefix + name("output_norm", ".weight");
    if (checkpoint.has(in_prefix)) prefix_ = layout.prefix;
  }

  LmWeights load() {
    LmWeights weights;
    load_head(weights);
    if (config_.recurrent)
      weights.embedding_norm = load_norm("token_embd_norm", config_.hidden_size);
    if (config_.positions == LmConfig::Positions::kLearned) {
      weights.positions = checkpoint_.take(name("position_embd", ".weight"),
                                           {config_.context_length, config_.hidden_size});
    }
    for (std::size_t i = 0; i < config_.num_layers; ++i) {
      layer_ = fmt::format("{}.{}.", stored("blk"), i);
      weights.layers.push_back(config_.recurrent ? load_recurrent_layer(i) : load_layer());
    }
    layer_.clear();
    weights.final_norm = load_norm("output_norm", config_.hidden_size);
    weights.files = checkpoint_.files();
    checkpoint_.check_all_taken([this](std::string_view name) {
      return layout_.may_stay != nullptr && layout_.may_stay(name);
    });
    return weights;
  }

 private:
  // Rows of a matrix that lie in a tensor of their own.
  struct Part {
    std::string_view ours;
    std::size_t count;
  };

  // ---- names ----

  // The stored form of one of our names; empty: it is not stored.
  [[nodiscard]] std::string_view stored(std::string_view ours) const {
    if (layout_.names.empty()) return ours;
    const auto found = std::ranges::find(layout_.names, ours, &TensorName::ours);
    return found == layout_.names.end() ? std::string_view() : found->stored;
  }

  // Of a tensor, in the layer that is being loaded if there is one.
  [[nodiscard]] std::string name(std::string_view ours, std::string_view suffix) const {
    const std::string whole = std::string(ours) + std::string(suffix);
    const std::string_view exact = layout_.names.empty() ? "" : stored(whole);
    const std::string before = ours == "output" ? "" : prefix_ + layer_;
    if (!exact.empty()) return before + std::string(exact);
    const std::string_view stem = stored(ours);
    return before + std::string(stem.empty() ? ours : stem) + std::string(suffix);
  }
  [[nodiscard]] bool has(std::string_view ours) const {
    return checkpoint_.has(name(ours, ".weight"));
  }

  // ---- tensors ----

  NormWeights load_norm(std::string_view ours, std::size_t size) {
    NormWeights norm;
    Floats weight = checkpoint_.take(name(ours, ".weight"), {size});
    for (float& value : weight) value += layout_.norm_offset;
    norm.weight = with_padding(std::move(weight));
    if (config_.norm == LmConfig::Norm::kLayer) {
      norm.bias = with_padding(checkpoint_.take(name(ours, ".bias"), {size}));
    }
    return norm;
  }

  void load_bias(std::span<const Part> parts, std::optional<bool> has_bias, Matrix& matrix) {
    std::size_t first = 0;
    for (const Part& part : parts) {
      const std::string bias = name(part.ours, ".bias");
      if (has_bias.value_or(checkpoint_.has(bias))) {
        Floats values = checkpoint_.take(bias, {part.count});
        if (is_by_head(part)) values = heads_apart(values, 1);
        matrix.set_bias(first, values);
      }
      first += part.count;
    }
  }

  // Where rows must be moved they become floats on the way.
  Matrix load_moved(const Part& part, std::size_t inputs) {
    const bool turned = layout_.inputs_are_rows;
    const StoredRows stored = checkpoint_.take_rows(
        name(part.ours, ".weight"), turned ? inputs : part.count, turned ? part.count : inputs);
    Floats values(part.count * inputs);
    for (std::size_t row = 0; row < stored.count; ++row) {
      stored.to_floats(row, &values[row * stored.inputs]);
    }
    Matrix matrix(inputs, part.count);
    if (turned) matrix.set_columns(0, values);
    if (!turned) matrix.set_rows(0, heads_apart(values, inputs));
    matrix.convert_to(format_.value_or(panel_format(stored.type)));
    return matrix;
  }

  Matrix load_matrix(std::span<const Part> parts, std::size_t inputs,
                     std::optional<bool> has_bias) {
    Matrix matrix;
    if (layout_.inputs_are_rows || is_by_head(parts.front())) {
      matrix = load_moved(parts.front(), inputs);
    } else {
      std::vector<StoredRows> rows;
      for (const Part& part : parts) {
        rows.push_back(checkpoint_.take_rows(name(part.ours, ".weight"), part.count, inputs));
      }
      matrix = Matrix(rows, format_);
    }
    load_bias(parts, has_bias, matrix);
    return matrix;
  }

  Matrix load_matrix(std::string_view ours, std::size_t outputs, std::size_t inputs,
                     std::optional<bool> has_bias) {
    const Part part{ours, outputs};
    return load_matrix({&part, 1}, inputs, has_bias);
  }

  // ---- queries, keys, values ----

  [[nodiscard]] bool is_by_head(const Part& part) const {
    return layout_.qkv_by_head && part.ours == "attn_qkv";
  }

  // From [head][query, key, value][head_dim] rows to [query, key, value][head][head_dim].
  [[nodiscard]] Floats heads_apart(const Floats& rows, std::size_t inputs) const {
    const std::size_t size = config_.head_dim * inputs;
    Floats result(rows.size());
    for (std::size_t head = 0; head < config_.num_heads; ++head) {
      for (std::size_t kind = 0; kind < 3; ++kind) {
        std::copy_n(&rows[(head * 3 + kind) * size], size,
                    &result[(kind * config_.num_heads + head) * size]);
      }
    }
    return result;
  }

  Matrix load_qkv() {
    const std::size_t queries = config_.num_heads * config_.head_dim;
    const std::size_t keys = config_.num_kv_heads * config_.head_dim;
    if (has("attn_qkv")) {
      return load_matrix("attn_qkv", queries + 2 * keys, config_.hidden_size, layout_.qkv_bias);
    }
    const std::array<Part, 3> parts = {{{"attn_q", queries}, {"attn_k", keys}, {"attn_v", keys}}};
    return load_matrix(parts, config_.hidden_size, layout_.qkv_bias);
  }

  void load_qk_norms(LayerWeights& layer) {
    if (config_.qk_norm == LmConfig::QkNorm::kNone) return;
    const bool all = config_.qk_norm == LmConfig::QkNorm::kAll;
    layer.query_norm = load_norm("attn_q_norm", (all ? config_.num_heads : 1) * config_.head_dim);
    layer.key_norm = load_norm("attn_k_norm", (all ? config_.num_kv_heads : 1) * config_.head_dim);
  }

  // ---- layers ----

  Matrix load_up() {
    const std::size_t count = config_.intermediate_size;
    if (!config_.gated) {
      return load_matrix("ffn_up", count, config_.hidden_size, layout_.mlp_bias);
    }
    if (!has("ffn_gate")) {
      return load_matrix("ffn_up", 2 * count, config_.hidden_size, layout_.mlp_bias);
    }
    const std::array<Part, 2> parts = {{{"ffn_gate", count}, {"ffn_up", count}}};
    return load_matrix(parts, config_.hidden_size, layout_.mlp_bias);
  }

  LayerWeights load_layer() {
    const std::size_t width = config_.hidden_size;
    const LmConfig::NormPlace place = config_.norm_place;
    LayerWeights layer;
    if (place != LmConfig::NormPlace::kAfterPart) {
      layer.attention_norm = load_norm("attn_norm", width);
      layer.mlp_norm = load_norm("ffn_norm", width);
    }
    if (place == LmConfig::NormPlace::kAfterPart || place == LmConfig::NormPlace::kAround) {
      layer.attention_out_norm = load_norm("post_attention_norm", width);
      layer.mlp_out_norm = load_norm("post_ffw_norm", width);
    }
    layer.qkv = load_qkv();
    load_qk_norms(layer);
    layer.attention_out = load_matrix("attn_output", width, config_.num_heads * config_.head_dim,
                                      layout_.attention_out_bias);
    layer.up = load_up();
    layer.down = load_matrix("ffn_down", width, config_.intermediate_size, layout_.mlp_bias);
    return layer;
  }

  // ---- recurrent layers ----

  // A vector, as (padded size).
  Floats load_vector(std::string_view ours) {
    return with_padding(checkpoint_.take_numbers(name(ours, ".weight"), config_.hidden_size));
  }

  // What each projection sees of the position before: in one tensor, or in one for each.
  void load_shares(RecurrentWeights& weights) {
    const std::size_t width = config_.hidden_size;
    if (!has("time_mix_lerp_fused")) {
      constexpr std::string_view kLetters = "rwkvag";
      for (std::size_t i = 0; i < weights.shares.size(); ++i) {
        weights.shares[i] = load_vector(fmt::format("time_mix_lerp_{}", kLetters[i]));
      }
      return;
    }
    const Floats all = checkpoint_.take_numbers(name("time_mix_lerp_fused", ".weight"),
                                                weights.shares.size() * width);
    for (std::size_t i = 0; i < weights.shares.size(); ++i) {
      const float* const share = &all[i * width];
      weights.shares[i] = with_padding(Floats(share, share + width));
    }
  }

  // "time_mix_w1" and "time_mix_w2" for the letter w, and "time_mix_w0", if there is a bias.
  LowRankWeights load_low_rank(char letter, std::size_t rank, bool has_bias) {
    const std::string stem = fmt::format("time_mix_{}", letter);
    LowRankWeights weights;
    weights.down = load_matrix(stem + "1", rank, config_.hidden_size, false);
    weights.up = load_matrix(stem + "2", config_.hidden_size, rank, false);
    if (!has_bias) return weights;
    weights.up.set_bias(0,
                        checkpoint_.take_numbers(name(stem + "0", ".weight"), config_.hidden_size));
    return weights;
  }

  RecurrentWeights load_recurrent(std::size_t layer) {
    const std::size_t width = config_.hidden_size;
    const LmConfig::Recurrent& config = *config_.recurrent;
    RecurrentWeights weights;
    load_shares(weights);
    weights.mlp_share = load_vector("channel_mix_lerp_k");
    weights.receptance = load_matrix("time_mix_receptance", width, width, false);
    weights.key = load_matrix("time_mix_key", width, width, false);
    weights.value = load_matrix("time_mix_value", width, width, false);
    weights.decay = load_low_rank('w', config.decay_rank, true);
    weights.rate = load_low_rank('a', config.rate_rank, true);
    weights.gate = load_low_rank('g', config.gate_rank, false);
    if (layer > 0) weights.first_share = load_low_rank('v', config.value_rank, true);
    weights.removal_scale = load_vector("time_mix_k_k");
    weights.rate_share = load_vector("time_mix_k_a");
    weights.bonus = load_vector("time_mix_r_k");
    weights.head_norm = load_norm("time_mix_ln", width);
    return weights;
  }

  LayerWeights load_recurrent_layer(std::size_t index) {
    const std::size_t width = config_.hidden_size;
    LayerWeights layer;
    layer.attention_norm = load_norm("attn_norm", width);
    layer.mlp_norm = load_norm("attn_norm_2", width);
    layer.recurrent = load_recurrent(index);
    layer.attention_out = load_matrix("time_mix_output", width, width, false);
    layer.up = load_matrix("channel_mix_key", config_.intermediate_size, width, false);
    layer.down = load_matrix("channel_mix_value", width, config_.intermediate_size, false);
    return layer;
  }

  // ---- the embedding and the output ----

  static bool are_equal(const StoredRows& a, const StoredRows& b) {
    Floats x(a.inputs);
    Floats y(b.inputs);
    for (std::size_t row = 0; row < a.count; ++row) {
      a.to_floats(row, x.data());
      b.to_floats(row, y.data());
      if (x != y) return false;
    }
    return true;
  }

  // A tied embedding is stored once, under either name. Where both are stored, and differ, the
  // output is used as it is, as transformers does from version 5 on.
  void load_head(LmWeights& weights) {
    const bool has_embedding = has("token_embd");
    const bool has_output = has("output");
    const bool tied = layout_.tied.value_or(!has_output);
    if (!tied && !has_output) {
      checkpoint_.refuse_missing(
          name("output", ".weight"),
          fmt::format("where the output is the embedding, say \"{}\": true", layout_.tied_key));
    }
    StoredRows output;
    if (has_output) output = take_vocabulary("output");
    if (!has_output || !tied || has_embedding) weights.embedding = take_vocabulary("token_embd");
    if (!has_output) output = weights.embedding;
    if (tied && (!has_output || !has_embedding || are_equal(weights.embedding, output))) {
      weights.embedding = {};
    }
    weights.output = Matrix({&output, 1}, format_);
    const Part part{"output", config_.vocab_size};
    if (has_output) load_bias({&part, 1}, layout_.output_bias, weights.output);
  }

  StoredRows take_vocabulary(std::string_view ours) {
    return checkpoint_.take_rows(name(ours, ".weight"), config_.vocab_size, config_.hidden_size);
  }

  Checkpoint& checkpoint_;
  const LmConfig& config_;
  const TensorLayout& layout_;
  std::optional<WeightFormat> format_;
  std::string prefix_;
  std::string layer_;  // what the names of a layer's tensors begin with
};

}  // namespace

LmWeights load_weights(Checkpoint& checkpoint, const LmConfig& config, const TensorLayout& layout,
                       std::optional<WeightFormat> format) {
  return Loader(checkpoint, config, layout, format).load();
}

}  // namespace zipdream
