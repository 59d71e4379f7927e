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

NormWeights load_norm(Checkpoint& checkpoint, const std::string& name, std::size_t size) {
  return {with_padding(checkpoint.take(name + ".weight", {size})),
          with_padding(checkpoint.take(name + ".bias", {size}))};
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
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("n_embd");
  config.num_layers = fields.size("n_layer");
  config.num_heads = fields.size("n_head");
  config.num_kv_heads = config.num_heads;
  config.head_dim = config.hidden_size / std::max<std::size_t>(1, config.num_heads);
  config.intermediate_size = fields.size("n_inner", 4 * config.hidden_size);
  config.context_length = fields.size("n_positions");
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
  const std::size_t attention = config.num_heads * config.head_dim;
  LmWeights weights;
  weights.output = Matrix(config.hidden_size, config.vocab_size);
  weights.output.set_rows(
      0, checkpoint.take(model + "wte.weight", {config.vocab_size, config.hidden_size}));
  weights.positions =
      checkpoint.take(model + "wpe.weight", {config.context_length, config.hidden_size});
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    const std::string prefix = fmt::format("{}h.{}.", model, i);
    weights.layers.push_back(
        {.attention_norm = load_norm(checkpoint, prefix + "ln_1", config.hidden_size),
         .qkv = load_matrix(checkpoint, prefix + "attn.c_attn", config.hidden_size, 3 * attention),
         .attention_out =
             load_matrix(checkpoint, prefix + "attn.c_proj", attention, config.hidden_size),
         .mlp_norm = load_norm(checkpoint, prefix + "ln_2", config.hidden_size),
         .up = load_matrix(checkpoint, prefix + "mlp.c_fc", config.hidden_size,
                           config.intermediate_size),
         .down = load_matrix(checkpoint, prefix + "mlp.c_proj", config.intermediate_size,
                             config.hidden_size)});
  }
  weights.final_norm = load_norm(checkpoint, model + "ln_f", config.hidden_size);
  checkpoint.check_all_taken(
      [](std::string_view name) { return may_stay(name) || name == "lm_head.weight"; });
  return weights;
}

}  // namespace zipdream
