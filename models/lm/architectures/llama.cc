// SPDX-License-Identifier: Apache-2.0
// The family of Llama (Touvron et al. 2023, arXiv 2302.13971), as Hugging Face stores it: RMSNorm
// before each part, rotary positions, a gated feed-forward part, key-value heads shared by groups
// of heads. Its members differ in a few switches and in what they call their norms.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "models/lm/architectures.h"
#include "models/lm/rope_config.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// What a member calls its own way, the first to count; and what all members call alike.
template <typename... Own>
constexpr auto names_with(Own... own) {
  return std::to_array<TensorName>({own...,
                                    {"token_embd", "embed_tokens"},
                                    {"output_norm", "norm"},
                                    {"output", "lm_head"},
                                    {"blk", "layers"},
                                    {"attn_q", "self_attn.q_proj"},
                                    {"attn_k", "self_attn.k_proj"},
                                    {"attn_v", "self_attn.v_proj"},
                                    {"attn_qkv", "self_attn.qkv_proj"},
                                    {"attn_q_norm", "self_attn.q_norm"},
                                    {"attn_k_norm", "self_attn.k_norm"},
                                    {"attn_output", "self_attn.o_proj"},
                                    {"ffn_gate", "mlp.gate_proj"},
                                    {"ffn_up", "mlp.up_proj"},
                                    {"ffn_down", "mlp.down_proj"}});
}

constexpr auto kLlamaNames = names_with(TensorName{"attn_norm", "input_layernorm"},
                                        TensorName{"ffn_norm", "post_attention_layernorm"});

constexpr auto kPhi3Names = names_with(TensorName{"attn_norm", "input_layernorm"},
                                       TensorName{"ffn_norm", "post_attention_layernorm"},
                                       TensorName{"ffn_up", "mlp.gate_up_proj"});  // the gate first

constexpr auto kOlmo2Names =
    names_with(TensorName{"post_attention_norm", "post_attention_layernorm"},
               TensorName{"post_ffw_norm", "post_feedforward_layernorm"});

constexpr auto kGemma3Names =
    names_with(TensorName{"attn_norm", "input_layernorm"},
               TensorName{"post_attention_norm", "post_attention_layernorm"},
               TensorName{"ffn_norm", "pre_feedforward_layernorm"},
               TensorName{"post_ffw_norm", "post_feedforward_layernorm"});

// What config.json leaves out because it is what the architecture has anyhow.
struct Defaults {
  std::size_t context_length = 2048;
  std::size_t head_dim = 0;  // 0: hidden_size / num_heads
  double norm_epsilon = 1e-6;
  double rope_theta = 10000;
  bool tied = false;
  const char* activation_field = "hidden_act";
  const char* activation = "silu";
};

// A table that some versions store, which follows from the config.
bool may_stay(std::string_view name) { return name.ends_with(".rotary_emb.inv_freq"); }

void read_sizes(const ConfigFields& fields, const Defaults& defaults, LmConfig& config) {
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("hidden_size");
  config.num_layers = fields.size("num_hidden_layers");
  config.num_heads = fields.size("num_attention_heads");
  config.num_kv_heads = fields.size("num_key_value_heads", config.num_heads);
  config.intermediate_size = fields.size("intermediate_size");
  config.context_length = fields.size("max_position_embeddings", defaults.context_length);
  const std::size_t share = config.hidden_size / std::max<std::size_t>(1, config.num_heads);
  config.head_dim = fields.size("head_dim", defaults.head_dim > 0 ? defaults.head_dim : share);
}

// All but what sets the layers apart.
ModelPlan read_common(const ConfigFields& fields, const Defaults& defaults, LmConfig config,
                      std::span<const TensorName> names) {
  read_sizes(fields, defaults, config);
  check_sizes(config, fields.path());
  config.norm_epsilon = static_cast<float>(fields.number("rms_norm_eps", defaults.norm_epsilon));
  config.rope.theta = defaults.rope_theta;
  read_rope(fields, "full_attention", config);
  config.activation = read_activation(fields, defaults.activation_field, defaults.activation);
  config.begin_of_text = fields.token("bos_token_id");
  TensorLayout layout;
  layout.names = names;
  layout.prefix = "model.";
  layout.tied = fields.flag("tie_word_embeddings", defaults.tied);
  layout.qkv_bias = layout.attention_out_bias = fields.flag("attention_bias", false);
  layout.mlp_bias = fields.flag("mlp_bias", false);
  layout.output_bias = false;
  layout.may_stay = may_stay;
  return {std::move(config), std::move(layout)};
}

// Which layers see a window, as "layer_types" says or, without it, `has_window` does.
template <typename HasWindow>
std::vector<bool> windowed_layers(const ConfigFields& fields, std::size_t count,
                                  const HasWindow& has_window) {
  std::vector<bool> windowed(count);
  const std::vector<std::string> types = fields.texts("layer_types");
  if (!types.empty() && types.size() != count) {
    throw Error(fmt::format("{}: \"layer_types\" has {} layers, but there are {}", fields.path(),
                            types.size(), count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (types.empty()) {
      windowed[i] = has_window(i);
      continue;
    }
    windowed[i] = types[i] == "sliding_attention";
    if (!windowed[i] && types[i] != "full_attention") {
      throw Error(
          fmt::format("{}: layers of type \"{}\" are not supported; \"full_attention\" and "
                      "\"sliding_attention\" are",
                      fields.path(), types[i]));
    }
  }
  return windowed;
}

void set_windows(const std::vector<bool>& windowed, std::size_t window, LmConfig& config) {
  config.layers.resize(config.num_layers);
  for (std::size_t i = 0; i < windowed.size(); ++i)
    config.layers[i].window = windowed[i] ? window : 0;
}

// Qwen's layers: a window from "max_window_layers" on, where it is switched on.
void read_qwen_windows(const ConfigFields& fields, LmConfig& config) {
  if (!fields.flag("use_sliding_window", false)) return;
  const std::size_t window = fields.size("sliding_window", 4096);
  const std::size_t first = fields.size("max_window_layers", 28);
  const auto windowed = windowed_layers(fields, config.num_layers,
                                        [first](std::size_t layer) { return layer >= first; });
  set_windows(windowed, window, config);
}

}  // namespace

LmConfig llama_switches() { return {}; }

LmConfig qwen3_switches() {
  LmConfig config;
  config.qk_norm = LmConfig::QkNorm::kHead;
  return config;
}

LmConfig olmo2_switches() {
  LmConfig config;
  config.norm_place = LmConfig::NormPlace::kAfterPart;
  config.qk_norm = LmConfig::QkNorm::kAll;
  return config;
}

LmConfig gemma3_switches() {
  LmConfig config;
  config.norm_place = LmConfig::NormPlace::kAround;
  config.qk_norm = LmConfig::QkNorm::kHead;
  config.activation = Activation::kGeluTanh;
  return config;
}

ModelPlan read_llama(const ConfigFields& fields, LmConfig config) {
  return read_common(fields, {}, std::move(config), kLlamaNames);
}

ModelPlan read_mistral(const ConfigFields& fields, LmConfig config) {
  ModelPlan plan = read_common(fields, {.context_length = 131072}, std::move(config), kLlamaNames);
  set_window(fields.size("sliding_window", 0), plan.config);
  return plan;
}

ModelPlan read_qwen2(const ConfigFields& fields, LmConfig config) {
  ModelPlan plan = read_common(fields, {.context_length = 32768}, std::move(config), kLlamaNames);
  plan.layout.qkv_bias = true;
  plan.layout.attention_out_bias = false;
  read_qwen_windows(fields, plan.config);
  return plan;
}

ModelPlan read_qwen3(const ConfigFields& fields, LmConfig config) {
  ModelPlan plan = read_common(fields, {.context_length = 32768, .head_dim = 128},
                               std::move(config), kLlamaNames);
  read_qwen_windows(fields, plan.config);
  return plan;
}

ModelPlan read_olmo2(const ConfigFields& fields, LmConfig config) {
  return read_common(fields, {.norm_epsilon = 1e-5}, std::move(config), kOlmo2Names);
}

ModelPlan read_phi3(const ConfigFields& fields, LmConfig config) {
  ModelPlan plan = read_common(fields, {.context_length = 4096, .norm_epsilon = 1e-5},
                               std::move(config), kPhi3Names);
  set_window(fields.size("sliding_window", 0), plan.config);
  return plan;
}

ModelPlan read_smollm3(const ConfigFields& fields, LmConfig config) {
  ModelPlan plan =
      read_common(fields, {.context_length = 32768, .rope_theta = 2000000, .tied = true},
                  std::move(config), kLlamaNames);
  set_smollm3_layers(fields.size("no_rope_layer_interval", 4), plan.config);
  const std::vector<double> rotary = fields.numbers("no_rope_layers");  // 1: it does rotate
  if (!rotary.empty() && rotary.size() != plan.config.num_layers) {
    throw Error(fmt::format("{}: \"no_rope_layers\" has {} layers, but there are {}", fields.path(),
                            rotary.size(), plan.config.num_layers));
  }
  for (std::size_t i = 0; i < rotary.size(); ++i) plan.config.layers[i].rotary = rotary[i] != 0;
  if (fields.flag("use_sliding_window", false)) {
    const auto windowed = windowed_layers(fields, plan.config.num_layers, [&](std::size_t layer) {
      return !plan.config.layers[layer].rotary;
    });
    set_windows(windowed, fields.size("sliding_window", 0), plan.config);
  }
  return plan;
}

// The weights of its norms are stored as what they exceed 1 by. The embedding is scaled by
// sqrt(hidden_size).
ModelPlan read_gemma3(const ConfigFields& fields, LmConfig config) {
  ModelPlan plan = read_common(fields,
                               {.context_length = 131072,
                                .head_dim = 256,
                                .rope_theta = 1000000,
                                .tied = true,
                                .activation_field = "hidden_activation",
                                .activation = "gelu_pytorch_tanh"},
                               std::move(config), kGemma3Names);
  LmConfig& gemma = plan.config;
  plan.layout.norm_offset = 1;
  for (const char* cap : {"attn_logit_softcapping", "final_logit_softcapping"}) {
    if (fields.has(cap)) {
      throw Error(fmt::format("{}: \"{}\" is not supported", fields.path(), cap));
    }
  }
  gemma.embedding_scale = std::sqrt(static_cast<float>(gemma.hidden_size));
  const double scalar = fields.number("query_pre_attn_scalar", 256);
  if (!(scalar > 0)) {
    throw Error(fmt::format("{}: \"query_pre_attn_scalar\" can't be {}", fields.path(), scalar));
  }
  gemma.attention_scale = static_cast<float>(1 / std::sqrt(scalar));
  const std::size_t pattern = fields.size("_sliding_window_pattern", 6);
  const std::size_t period = fields.size("sliding_window_pattern", pattern);
  const auto windowed = windowed_layers(fields, gemma.num_layers, [period](std::size_t layer) {
    return period == 0 || (layer + 1) % period != 0;
  });
  set_windows(windowed, fields.size("sliding_window", 4096), gemma);
  for (std::size_t i = 0; i < windowed.size(); ++i) gemma.layers[i].local = windowed[i];
  gemma.local_rope = rope_of_layers(fields, "sliding_attention",
                                    fields.number("rope_local_base_freq", 10000), gemma);
  return plan;
}

}  // namespace zipdream
