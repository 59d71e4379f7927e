// SPDX-License-Identifier: Apache-2.0
// GPT-2 (Radford et al. 2019), as Hugging Face stores it: LayerNorm before each part, learned
// positions, GELU by its approximation, matrices with their inputs as rows ("Conv1D"), queries,
// keys and values in one of them, the output tied to the embedding.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "models/lm/architectures.h"

namespace zipdream {
namespace {

Matrix load_matrix(Checkpoint& checkpoint, const std::string& name, std::size_t inputs,
                   std::size_t outputs) {
  Matrix matrix(inputs, outputs);
  matrix.set_columns(0, checkpoint.take(name + ".weight", {inputs, outputs}));
  matrix.set_bias(0, checkpoint.take(name + ".bias", {outputs}));
  return matrix;
}

NormWeights load_norm(Checkpoint& checkpoint, const std::string& name, std::size_t width) {
  return {with_padding(checkpoint.take(name + ".weight", {width})),
          with_padding(checkpoint.take(name + ".bias", {width}))};
}

// The mask of attention, which some versions store.
bool may_stay(std::string_view name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
}

}  // namespace

LmConfig read_gpt2_config(const ConfigFields& fields) {
  fields.require_text("activation_function", "gelu_new");
  fields.require_flag("scale_attn_weights", true);
  fields.require_flag("scale_attn_by_inverse_layer_idx", false);
  fields.require_flag("tie_word_embeddings", true);
  LmConfig config;
  config.vocabulary = fields.size("vocab_size");
  config.width = fields.size("n_embd");
  config.layers = fields.size("n_layer");
  config.heads = fields.size("n_head");
  config.kv_heads = config.heads;
  config.head_size = config.width / std::max<std::size_t>(1, config.heads);
  config.hidden = fields.size("n_inner", 4 * config.width);
  config.context = fields.size("n_positions");
  config.norm = LmConfig::Norm::kLayerNormBefore;
  config.norm_epsilon = static_cast<float>(fields.number("layer_norm_epsilon", 1e-5));
  config.positions = LmConfig::Positions::kLearned;
  config.activation = LmConfig::Activation::kGeluTanh;
  config.begin_of_text = fields.token("bos_token_id");
  return config;
}

LmWeights load_gpt2_weights(Checkpoint& checkpoint, const ConfigFields& /*fields*/,
                            const LmConfig& config) {
  const std::string model = checkpoint.has("transformer.wte.weight") ? "transformer." : "";
  const std::size_t attention = config.heads * config.head_size;
  LmWeights weights;
  weights.output = Matrix(config.width, config.vocabulary);
  weights.output.set_rows(0,
                          checkpoint.take(model + "wte.weight", {config.vocabulary, config.width}));
  weights.positions = checkpoint.take(model + "wpe.weight", {config.context, config.width});
  for (std::size_t i = 0; i < config.layers; ++i) {
    const std::string prefix = fmt::format("{}h.{}.", model, i);
    weights.layers.push_back(
        {.attention_norm = load_norm(checkpoint, prefix + "ln_1", config.width),
         .queries_keys_values =
             load_matrix(checkpoint, prefix + "attn.c_attn", config.width, 3 * attention),
         .attention_out = load_matrix(checkpoint, prefix + "attn.c_proj", attention, config.width),
         .hidden_norm = load_norm(checkpoint, prefix + "ln_2", config.width),
         .up = load_matrix(checkpoint, prefix + "mlp.c_fc", config.width, config.hidden),
         .down = load_matrix(checkpoint, prefix + "mlp.c_proj", config.hidden, config.width)});
  }
  weights.final_norm = load_norm(checkpoint, model + "ln_f", config.width);
  checkpoint.check_all_taken(
      [](std::string_view name) { return may_stay(name) || name == "lm_head.weight"; });
  return weights;
}

}  // namespace zipdream
