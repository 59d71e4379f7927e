// SPDX-License-Identifier: Apache-2.0
// The Llama family (Touvron et al. 2023, arXiv 2302.13971), as Hugging Face stores it: RMSNorm
// before each part, rotary positions, SwiGLU, key-value heads shared by groups of heads.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "models/lm/architectures.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kEmbedding = "model.embed_tokens.weight";
constexpr const char* kOutput = "lm_head.weight";

std::optional<RopeScaling> read_stretch(const ConfigFields& fields) {
  const std::string old_name = fields.text("rope_scaling.type", "default");
  const std::string type = fields.text("rope_scaling.rope_type", old_name);
  if (type == "default") return std::nullopt;
  if (type != "llama3") {
    throw Error(fmt::format("{}: rope_scaling of type \"{}\" is not supported; \"llama3\" is",
                            fields.path(), type));
  }
  const RopeScaling stretch{
      .factor = fields.number("rope_scaling.factor", 8),
      .low_frequency_factor = fields.number("rope_scaling.low_freq_factor", 1),
      .high_frequency_factor = fields.number("rope_scaling.high_freq_factor", 4),
      .trained_context = fields.number("rope_scaling.original_max_position_embeddings", 8192)};
  const bool makes_sense = stretch.factor >= 1 && stretch.low_frequency_factor > 0 &&
                           stretch.high_frequency_factor > stretch.low_frequency_factor &&
                           stretch.trained_context >= 1;
  if (!makes_sense) throw Error(fields.path() + ": rope_scaling makes no sense");
  return stretch;
}

// One matrix of several that lie one after the other.
void set_part(Checkpoint& checkpoint, const std::string& name, bool has_bias, std::size_t first,
              std::size_t count, Matrix& matrix) {
  matrix.set_rows(first, checkpoint.take(name + ".weight", {count, matrix.inputs()}));
  if (has_bias) matrix.set_bias(first, checkpoint.take(name + ".bias", {count}));
}

Matrix load_matrix(Checkpoint& checkpoint, const std::string& name, bool has_bias,
                   std::size_t inputs, std::size_t outputs) {
  Matrix matrix(inputs, outputs);
  set_part(checkpoint, name, has_bias, 0, outputs, matrix);
  return matrix;
}

LayerWeights load_layer(Checkpoint& checkpoint, const ConfigFields& fields, const LmConfig& config,
                        const std::string& prefix) {
  const bool attention_bias = fields.flag("attention_bias", false);
  const bool hidden_bias = fields.flag("mlp_bias", false);
  const std::size_t queries = config.heads * config.head_size;
  const std::size_t keys = config.kv_heads * config.head_size;
  const auto norm = [&](const char* name) {
    return NormWeights{with_padding(checkpoint.take(prefix + name, {config.width})), {}};
  };
  LayerWeights layer;
  layer.attention_norm = norm("input_layernorm.weight");
  layer.queries_keys_values = Matrix(config.width, queries + 2 * keys);
  Matrix& projection = layer.queries_keys_values;
  const std::string attention = prefix + "self_attn.";
  set_part(checkpoint, attention + "q_proj", attention_bias, 0, queries, projection);
  set_part(checkpoint, attention + "k_proj", attention_bias, queries, keys, projection);
  set_part(checkpoint, attention + "v_proj", attention_bias, queries + keys, keys, projection);
  layer.attention_out =
      load_matrix(checkpoint, attention + "o_proj", attention_bias, queries, config.width);
  layer.hidden_norm = norm("post_attention_layernorm.weight");
  layer.up = Matrix(config.width, 2 * config.hidden);
  set_part(checkpoint, prefix + "mlp.gate_proj", hidden_bias, 0, config.hidden, layer.up);
  set_part(checkpoint, prefix + "mlp.up_proj", hidden_bias, config.hidden, config.hidden, layer.up);
  layer.down =
      load_matrix(checkpoint, prefix + "mlp.down_proj", hidden_bias, config.hidden, config.width);
  return layer;
}

// A table that some versions store, which follows from the config.
bool may_stay(std::string_view name) { return name.ends_with(".rotary_emb.inv_freq"); }

}  // namespace

LmConfig read_llama_config(const ConfigFields& fields) {
  fields.require_text("hidden_act", "silu");
  LmConfig config;
  config.vocabulary = fields.size("vocab_size");
  config.width = fields.size("hidden_size");
  config.layers = fields.size("num_hidden_layers");
  config.heads = fields.size("num_attention_heads");
  config.kv_heads = fields.size("num_key_value_heads", config.heads);
  config.hidden = fields.size("intermediate_size");
  config.context = fields.size("max_position_embeddings", 2048);
  config.head_size = fields.size("head_dim", config.width / std::max<std::size_t>(1, config.heads));
  config.norm_epsilon = static_cast<float>(fields.number("rms_norm_eps", 1e-6));
  config.position_base = fields.number("rope_theta", 10000);
  config.stretch = read_stretch(fields);
  config.begin_of_text = fields.token("bos_token_id");
  return config;
}

// A tied embedding is stored once, under either name.
LmWeights load_llama_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                             const LmConfig& config) {
  const std::initializer_list<std::size_t> shape = {config.vocabulary, config.width};
  LmWeights weights;
  weights.output = Matrix(config.width, config.vocabulary);
  const bool tied = fields.flag("tie_word_embeddings", false);
  if (tied) {
    const bool has_embedding = checkpoint.has(kEmbedding);
    weights.output.set_rows(0, checkpoint.take(has_embedding ? kEmbedding : kOutput, shape));
  } else {
    weights.embedding = checkpoint.take(kEmbedding, shape);
    weights.output.set_rows(0, checkpoint.take(kOutput, shape));
  }
  for (std::size_t i = 0; i < config.layers; ++i) {
    weights.layers.push_back(
        load_layer(checkpoint, fields, config, fmt::format("model.layers.{}.", i)));
  }
  weights.final_norm.weight = with_padding(checkpoint.take("model.norm.weight", {config.width}));
  checkpoint.check_all_taken(
      [&](std::string_view name) { return may_stay(name) || (tied && name == kOutput); });
  return weights;
}

}  // namespace zipdream
