// SPDX-License-Identifier: Apache-2.0
// The transformer of "Language Modeling Is Compression" (arXiv 2309.10668), after Vaswani et al.
// 2017 (arXiv 1706.03762): LayerNorm after each sum and once more at the end, sines and cosines
// added to the embedding, which is scaled by sqrt(hidden_size), exact GELU. "model_type" is
// "zipdream-transformer"; the fields of its config.json, those with a value being optional:
//   vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size,
//   max_position_embeddings, layer_norm_eps: 1e-5, position_base: 10000,
//   bos_token_id: 0, the token that stands before each text,
//   tie_word_embeddings: false.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "models/lm/architectures.h"

namespace zipdream {
namespace {

// The output of a layer, whose weight and bias PyTorch names apart in one place.
Matrix load_matrix(Checkpoint& checkpoint, const std::string& weight, const std::string& bias,
                   std::size_t inputs, std::size_t outputs) {
  Matrix matrix(inputs, outputs);
  matrix.set_rows(0, checkpoint.take(weight, {outputs, inputs}));
  matrix.set_bias(0, checkpoint.take(bias, {outputs}));
  return matrix;
}

Matrix load_matrix(Checkpoint& checkpoint, const std::string& name, std::size_t inputs,
                   std::size_t outputs) {
  return load_matrix(checkpoint, name + ".weight", name + ".bias", inputs, outputs);
}

NormWeights load_norm(Checkpoint& checkpoint, const std::string& name, std::size_t size) {
  return {with_padding(checkpoint.take(name + ".weight", {size})),
          with_padding(checkpoint.take(name + ".bias", {size}))};
}

}  // namespace

LmConfig read_paper_config(const ConfigFields& fields) {
  LmConfig config;
  config.vocab_size = fields.size("vocab_size");
  config.hidden_size = fields.size("hidden_size");
  config.num_layers = fields.size("num_hidden_layers");
  config.num_heads = fields.size("num_attention_heads");
  config.num_kv_heads = config.num_heads;
  config.head_dim = config.hidden_size / std::max<std::size_t>(1, config.num_heads);
  config.intermediate_size = fields.size("intermediate_size");
  config.context_length = fields.size("max_position_embeddings");
  config.norm = LmConfig::Norm::kLayerNormAfter;
  config.norm_epsilon = static_cast<float>(fields.number("layer_norm_eps", 1e-5));
  config.positions = LmConfig::Positions::kSinusoidal;
  config.rope_theta = fields.number("position_base", 10000);
  config.activation = LmConfig::Activation::kGelu;
  config.embedding_scale = std::sqrt(static_cast<float>(config.hidden_size));
  config.begin_of_text = fields.token("bos_token_id").value_or(0);
  return config;
}

LmWeights load_paper_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                             const LmConfig& config) {
  const std::size_t hidden_size = config.hidden_size;
  LmWeights weights;
  if (fields.flag("tie_word_embeddings", false)) {
    weights.output = Matrix(hidden_size, config.vocab_size);
    weights.output.set_rows(0,
                            checkpoint.take("embedding.weight", {config.vocab_size, hidden_size}));
  } else {
    weights.embedding = checkpoint.take("embedding.weight", {config.vocab_size, hidden_size});
    weights.output = load_matrix(checkpoint, "output_layer", hidden_size, config.vocab_size);
  }
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    const std::string prefix = fmt::format("layers.{}.", i);
    const std::string attention = prefix + "self_attn.";
    weights.layers.push_back(
        {.attention_norm = load_norm(checkpoint, prefix + "layer_norm1", hidden_size),
         .qkv = load_matrix(checkpoint, attention + "in_proj_weight", attention + "in_proj_bias",
                            hidden_size, 3 * hidden_size),
         .attention_out = load_matrix(checkpoint, attention + "out_proj", hidden_size, hidden_size),
         .mlp_norm = load_norm(checkpoint, prefix + "layer_norm2", hidden_size),
         .up = load_matrix(checkpoint, prefix + "feed_forward.0", hidden_size,
                           config.intermediate_size),
         .down = load_matrix(checkpoint, prefix + "feed_forward.2", config.intermediate_size,
                             hidden_size)});
  }
  weights.final_norm = load_norm(checkpoint, "norm", hidden_size);
  checkpoint.check_all_taken([](std::string_view) { return false; });
  return weights;
}

}  // namespace zipdream
