// SPDX-License-Identifier: Apache-2.0
// GPT-NeoX (Black et al. 2022, arXiv 2204.06745) and Pythia, as Hugging Face stores them:
// LayerNorm, attention and feed-forward part beside each other on the same input, a part of each
// head rotated, queries, keys and values head by head in one matrix.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "models/lm/architectures.h"
#include "models/lm/rope_config.h"

namespace zipdream {
namespace {

constexpr auto kNames = std::to_array<TensorName>({{"token_embd", "embed_in"},
                                                   {"output_norm", "final_layer_norm"},
                                                   {"output", "embed_out"},
                                                   {"blk", "layers"},
                                                   {"attn_norm", "input_layernorm"},
                                                   {"attn_qkv", "attention.query_key_value"},
                                                   {"attn_output", "attention.dense"},
                                                   {"ffn_norm", "post_attention_layernorm"},
                                                   {"ffn_up", "mlp.dense_h_to_4h"},
                                                   {"ffn_down", "mlp.dense_4h_to_h"}});

// The mask of attention and the table of rotations, which some versions store.
bool may_stay(std::string_view name) {
  return name.ends_with(".attention.bias") || name.ends_with(".attention.masked_bias") ||
         name.ends_with(".rotary_emb.inv_freq");
}

// The share of each head that is rotated where the config names none.
constexpr double kRotaryShare = 0.25;

}  // namespace

LmConfig gptneox_switches() {
  LmConfig config;
  config.norm = LmConfig::Norm::kLayer;
  config.parallel = true;
  config.activation = Activation::kGelu;
  config.gated = false;
  return config;
}

ModelPlan read_gptneox(const ConfigFields& fields, LmConfig config) {
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("hidden_size");
  config.num_layers = fields.size("num_hidden_layers");
  config.num_heads = fields.size("num_attention_heads");
  config.num_kv_heads = config.num_heads;
  config.head_dim = config.hidden_size / std::max<std::size_t>(1, config.num_heads);
  config.intermediate_size = fields.size("intermediate_size");
  config.context_length = fields.size("max_position_embeddings", 2048);
  check_sizes(config, fields.path());
  config.norm_epsilon = static_cast<float>(fields.number("layer_norm_eps", 1e-5));
  config.parallel = fields.flag("use_parallel_residual", true);
  config.rope.theta = fields.number("rotary_emb_base", 10000);
  read_rope(fields, "full_attention", config, kRotaryShare);
  config.activation = read_activation(fields, "hidden_act", "gelu");
  config.begin_of_text = fields.token("bos_token_id");
  TensorLayout layout;
  layout.names = kNames;
  layout.prefix = "gpt_neox.";
  layout.tied = fields.flag("tie_word_embeddings", false);
  layout.qkv_bias = layout.attention_out_bias = fields.flag("attention_bias", true);
  layout.mlp_bias = true;
  layout.output_bias = false;
  layout.qkv_by_head = true;
  layout.may_stay = may_stay;
  return {std::move(config), std::move(layout)};
}

}  // namespace zipdream
