// SPDX-License-Identifier: Apache-2.0
// The transformer of "Language Modeling Is Compression" (arXiv 2309.10668), after Vaswani et al.
// 2017 (arXiv 1706.03762): LayerNorm after each sum and once more at the end, sines and cosines
// added to the embedding, which is scaled by sqrt(hidden_size), exact GELU. "model_type" is
// "zipdream-transformer"; the fields of its config.json, those with a value being optional:
//   vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size,
//   max_position_embeddings, layer_norm_eps: 1e-5, position_base: 10000,
//   bos_token_id: 0, the token that stands before each text,
//   tie_word_embeddings: false.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "models/lm/architectures.h"

namespace zipdream {
namespace {

constexpr auto kNames = std::to_array<TensorName>({{"token_embd", "embedding"},
                                                   {"output_norm", "norm"},
                                                   {"output", "output_layer"},
                                                   {"blk", "layers"},
                                                   {"attn_norm", "layer_norm1"},
                                                   {"attn_qkv", "self_attn.in_proj"},
                                                   {"attn_qkv.weight", "self_attn.in_proj_weight"},
                                                   {"attn_qkv.bias", "self_attn.in_proj_bias"},
                                                   {"attn_output", "self_attn.out_proj"},
                                                   {"ffn_norm", "layer_norm2"},
                                                   {"ffn_up", "feed_forward.0"},
                                                   {"ffn_down", "feed_forward.2"}});

}  // namespace

LmConfig paper_switches() {
  LmConfig config;
  config.norm = LmConfig::Norm::kLayer;
  config.norm_place = LmConfig::NormPlace::kAfterSum;
  config.positions = LmConfig::Positions::kSinusoidal;
  config.activation = Activation::kGelu;
  config.gated = false;
  return config;
}

ModelPlan read_paper(const ConfigFields& fields, LmConfig config) {
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("hidden_size");
  config.num_layers = fields.size("num_hidden_layers");
  config.num_heads = fields.size("num_attention_heads");
  config.num_kv_heads = config.num_heads;
  config.head_dim = config.hidden_size / std::max<std::size_t>(1, config.num_heads);
  config.intermediate_size = fields.size("intermediate_size");
  config.context_length = fields.size("max_position_embeddings");
  config.norm_epsilon = static_cast<float>(fields.number("layer_norm_eps", 1e-5));
  config.rope.theta = fields.number("position_base", 10000);
  config.embedding_scale = std::sqrt(static_cast<float>(config.hidden_size));
  config.begin_of_text = fields.token("bos_token_id").value_or(0);
  TensorLayout layout;
  layout.names = kNames;
  layout.tied = fields.flag("tie_word_embeddings", false);
  layout.qkv_bias = layout.attention_out_bias = layout.mlp_bias = true;
  layout.output_bias = !*layout.tied;
  return {std::move(config), std::move(layout)};
}

}  // namespace zipdream
