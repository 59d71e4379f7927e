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

std::optional<RopeScaling> read_rope_scaling(const ConfigFields& fields) {
  const std::string old_name = fields.text("rope_scaling.type", "default");
  const std::string type = fields.text("rope_scaling.rope_type", old_name);
  if (type == "default") return std::nullopt;
  if (type != "llama3") {
    throw Error(fmt::format("{}: rope_scaling of type \"{}\" is not supported; \"llama3\" is",
                            fields.path(), type));
  }
  const RopeScaling scaling{
      .factor = fields.number("rope_scaling.factor", 8),
      .low_frequency_factor = fields.number("rope_scaling.low_freq_factor", 1),
      .high_frequency_factor = fields.number("rope_scaling.high_freq_factor", 4),
      .original_context_length =
          fields.number("rope_scaling.original_max_position_embeddings", 8192)};
  const bool makes_sense = scaling.factor >= 1 && scaling.low_frequency_factor > 0 &&
                           scaling.high_frequency_factor > scaling.low_frequency_factor &&
                           scaling.original_context_length >= 1;
  if (!makes_sense) throw Error(fields.path() + ": rope_scaling makes no sense");
  return scaling;
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
  const bool mlp_bias = fields.flag("mlp_bias", false);
  const std::size_t queries = config.num_heads * config.head_dim;
  const std::size_t keys = config.num_kv_heads * config.head_dim;
  const auto norm = [&](const char* name) {
    return NormWeights{with_padding(checkpoint.take(prefix + name, {config.hidden_size})), {}};
  };
  LayerWeights layer;
  layer.attention_norm = norm("input_layernorm.weight");
  layer.qkv = Matrix(config.hidden_size, queries + 2 * keys);
  Matrix& projection = layer.qkv;
  const std::string attention = prefix + "self_attn.";
  set_part(checkpoint, attention + "q_proj", attention_bias, 0, queries, projection);
  set_part(checkpoint, attention + "k_proj", attention_bias, queries, keys, projection);
  set_part(checkpoint, attention + "v_proj", attention_bias, queries + keys, keys, projection);
  layer.attention_out =
      load_matrix(checkpoint, attention + "o_proj", attention_bias, queries, config.hidden_size);
  layer.mlp_norm = norm("post_attention_layernorm.weight");
  layer.up = Matrix(config.hidden_size, 2 * config.intermediate_size);
  set_part(checkpoint, prefix + "mlp.gate_proj", mlp_bias, 0, config.intermediate_size, layer.up);
  set_part(checkpoint, prefix + "mlp.up_proj", mlp_bias, config.intermediate_size,
           config.intermediate_size, layer.up);
  layer.down = load_matrix(checkpoint, prefix + "mlp.down_proj", mlp_bias, config.intermediate_size,
                           config.hidden_size);
  return layer;
}

// A table that some versions store, which follows from the config.
bool may_stay(std::string_view name) { return name.ends_with(".rotary_emb.inv_freq"); }

}  // namespace

LmConfig read_llama_config(const ConfigFields& fields) {
  fields.require_text("hidden_act", "silu");
  LmConfig config;
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("hidden_size");
  config.num_layers = fields.size("num_hidden_layers");
  config.num_heads = fields.size("num_attention_heads");
  config.num_kv_heads = fields.size("num_key_value_heads", config.num_heads);
  config.intermediate_size = fields.size("intermediate_size");
  config.context_length = fields.size("max_position_embeddings", 2048);
  config.head_dim =
      fields.size("head_dim", config.hidden_size / std::max<std::size_t>(1, config.num_heads));
  config.norm_epsilon = static_cast<float>(fields.number("rms_norm_eps", 1e-6));
  config.rope_theta = fields.number("rope_theta", 10000);
  config.rope_scaling = read_rope_scaling(fields);
  config.begin_of_text = fields.token("bos_token_id");
  return config;
}

// A tied embedding is stored once, under either name.
LmWeights load_llama_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                             const LmConfig& config) {
  const std::initializer_list<std::size_t> shape = {config.vocab_size, config.hidden_size};
  LmWeights weights;
  weights.output = Matrix(config.hidden_size, config.vocab_size);
  const bool tied = fields.flag("tie_word_embeddings", false);
  if (tied) {
    const bool has_embedding = checkpoint.has(kEmbedding);
    weights.output.set_rows(0, checkpoint.take(has_embedding ? kEmbedding : kOutput, shape));
  } else {
    weights.embedding = checkpoint.take(kEmbedding, shape);
    weights.output.set_rows(0, checkpoint.take(kOutput, shape));
  }
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    weights.layers.push_back(
        load_layer(checkpoint, fields, config, fmt::format("model.layers.{}.", i)));
  }
  weights.final_norm.weight =
      with_padding(checkpoint.take("model.norm.weight", {config.hidden_size}));
  checkpoint.check_all_taken(
      [&](std::string_view name) { return may_stay(name) || (tied && name == kOutput); });
  return weights;
}

}  // namespace zipdream
