// SPDX-License-Identifier: Apache-2.0
// RWKV-7 (Peng et al. 2025, arXiv 2503.14456), as flash-linear-attention stores it in Hugging
// Face's form: recurrent layers, LayerNorm before each part and behind the embedding, the squared
// ReLU.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "models/lm/architectures.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr auto kNames =
    std::to_array<TensorName>({{"token_embd", "embeddings"},
                               {"token_embd_norm", "layers.0.pre_norm"},
                               {"output_norm", "norm"},
                               {"output", "lm_head"},
                               {"blk", "layers"},
                               {"attn_norm", "attn_norm"},
                               {"attn_norm_2", "ffn_norm"},
                               {"time_mix_receptance", "attn.r_proj"},
                               {"time_mix_key", "attn.k_proj"},
                               {"time_mix_value", "attn.v_proj"},
                               {"time_mix_output", "attn.o_proj"},
                               {"time_mix_ln", "attn.g_norm"},
                               {"time_mix_w0.weight", "attn.w_lora.lora.2.bias"},
                               {"time_mix_w1", "attn.w_lora.lora.0"},
                               {"time_mix_w2", "attn.w_lora.lora.2"},
                               {"time_mix_a0.weight", "attn.a_lora.lora.2.bias"},
                               {"time_mix_a1", "attn.a_lora.lora.0"},
                               {"time_mix_a2", "attn.a_lora.lora.2"},
                               {"time_mix_v0.weight", "attn.v_lora.lora.2.bias"},
                               {"time_mix_v1", "attn.v_lora.lora.0"},
                               {"time_mix_v2", "attn.v_lora.lora.2"},
                               {"time_mix_g1", "attn.g_lora.lora.0"},
                               {"time_mix_g2", "attn.g_lora.lora.2"},
                               {"time_mix_k_k.weight", "attn.k_k"},
                               {"time_mix_k_a.weight", "attn.k_a"},
                               {"time_mix_r_k.weight", "attn.r_k"},
                               {"time_mix_lerp_fused.weight", "attn.x_x"},
                               {"time_mix_lerp_r.weight", "attn.x_r"},
                               {"time_mix_lerp_w.weight", "attn.x_w"},
                               {"time_mix_lerp_k.weight", "attn.x_k"},
                               {"time_mix_lerp_v.weight", "attn.x_v"},
                               {"time_mix_lerp_a.weight", "attn.x_a"},
                               {"time_mix_lerp_g.weight", "attn.x_g"},
                               {"channel_mix_lerp_k.weight", "ffn.x_k"},
                               {"channel_mix_key", "ffn.key"},
                               {"channel_mix_value", "ffn.value"}});

// What some layers or parts may be instead, and is not computed.
void refuse_variants(const ConfigFields& fields, const LmConfig& config) {
  fields.require_flag("norm_first", true);
  fields.require_flag("norm_bias", true);
  if (fields.has_object("attn")) {
    throw Error(
        fmt::format("{}: some of its layers have attention, which is not supported beside "
                    "recurrent ones",
                    fields.path()));
  }
  const std::string activation = fields.text("hidden_act", "sqrelu");
  if (activation != "sqrelu" && activation != "relu2") {
    throw Error(fmt::format("{}: \"hidden_act\" is \"{}\", but \"sqrelu\" is supported here",
                            fields.path(), plain_or_quoted(activation)));
  }
  for (const double size : fields.numbers("value_dim")) {
    if (size == static_cast<double>(config.hidden_size)) continue;
    throw Error(fmt::format(
        "{}: its values have another size than its keys, which is not supported", fields.path()));
  }
}

// A whole multiple of the hidden size, or the next multiple of 32.
std::size_t usual_intermediate_size(const ConfigFields& fields, std::size_t hidden_size) {
  constexpr double kUnit = 32;
  const double size =
      std::floor(fields.number("hidden_ratio", 4) * static_cast<double>(hidden_size));
  if (!(size >= 1) || size > 0x1p32) return 0;
  return static_cast<std::size_t>(std::ceil(size / kUnit) * kUnit);
}

}  // namespace

LmConfig rwkv7_switches() {
  LmConfig config;
  config.norm = LmConfig::Norm::kLayer;
  config.positions = LmConfig::Positions::kNone;
  config.activation = Activation::kReluSquared;
  config.gated = false;
  config.recurrent = LmConfig::Recurrent();
  return config;
}

ModelPlan read_rwkv7(const ConfigFields& fields, LmConfig config) {
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("hidden_size");
  config.num_layers = fields.size("num_hidden_layers");
  config.head_dim = fields.size("head_dim", 64);
  config.num_heads = config.hidden_size / std::max<std::size_t>(1, config.head_dim);
  config.num_kv_heads = config.num_heads;
  config.intermediate_size =
      fields.size("intermediate_size", usual_intermediate_size(fields, config.hidden_size));
  config.recurrent = {.decay_rank = fields.size("decay_low_rank_dim", 64),
                      .rate_rank = fields.size("a_low_rank_dim", 64),
                      .value_rank = fields.size("v_low_rank_dim", 16),
                      .gate_rank = fields.size("gate_low_rank_dim", 128)};
  config.norm_epsilon = static_cast<float>(fields.number("norm_eps", 1e-5));
  config.begin_of_text = fields.token("bos_token_id");
  check_sizes(config, fields.path());
  refuse_variants(fields, config);
  TensorLayout layout;
  layout.names = kNames;
  layout.prefix = "model.";
  layout.tied = fields.flag("tie_word_embeddings", false);
  layout.output_bias = false;
  return {std::move(config), std::move(layout)};
}

}  // namespace zipdream
