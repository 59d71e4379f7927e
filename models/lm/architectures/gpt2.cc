// SPDX-License-Identifier: Apache-2.0
// GPT-2 (Radford et al. 2019), as Hugging Face stores it: LayerNorm before each part, learned
// positions, GELU by its approximation, matrices with their inputs as rows ("Conv1D"), queries,
// keys and values in one of them, the output tied to the embedding.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "models/lm/architectures.h"

namespace zipdream {
namespace {

constexpr auto kNames = std::to_array<TensorName>({{"token_embd", "wte"},
                                                   {"position_embd", "wpe"},
                                                   {"output_norm", "ln_f"},
                                                   {"output", "lm_head"},
                                                   {"blk", "h"},
                                                   {"attn_norm", "ln_1"},
                                                   {"attn_qkv", "attn.c_attn"},
                                                   {"attn_output", "attn.c_proj"},
                                                   {"ffn_norm", "ln_2"},
                                                   {"ffn_up", "mlp.c_fc"},
                                                   {"ffn_down", "mlp.c_proj"}});

// The mask of attention, which some versions store.
bool may_stay(std::string_view name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
}

}  // namespace

LmConfig gpt2_switches() {
  LmConfig config;
  config.norm = LmConfig::Norm::kLayer;
  config.positions = LmConfig::Positions::kLearned;
  config.activation = Activation::kGeluTanh;
  config.gated = false;
  return config;
}

ModelPlan read_gpt2(const ConfigFields& fields, LmConfig config) {
  fields.require_flag("scale_attn_weights", true);
  fields.require_flag("scale_attn_by_inverse_layer_idx", false);
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("n_embd");
  config.num_layers = fields.size("n_layer");
  config.num_heads = fields.size("n_head");
  config.num_kv_heads = config.num_heads;
  config.head_dim = config.hidden_size / std::max<std::size_t>(1, config.num_heads);
  config.intermediate_size = fields.size("n_inner", 4 * config.hidden_size);
  config.context_length = fields.size("n_positions");
  config.norm_epsilon = static_cast<float>(fields.number("layer_norm_epsilon", 1e-5));
  config.activation = read_activation(fields, "activation_function", "gelu_new");
  config.begin_of_text = fields.token("bos_token_id");
  TensorLayout layout;
  layout.names = kNames;
  layout.prefix = "transformer.";
  layout.tied = fields.flag("tie_word_embeddings", true);
  layout.qkv_bias = layout.attention_out_bias = layout.mlp_bias = true;
  layout.output_bias = false;
  layout.inputs_are_rows = true;
  layout.may_stay = may_stay;
  return {std::move(config), std::move(layout)};
}

}  // namespace zipdream
