// SPDX-License-Identifier: Apache-2.0
// The transformer of "Language Modeling Is Compression" (arXiv 2309.10668), after Vaswani et al.
// 2017 (arXiv 1706.03762): LayerNorm after each sum and once more at the end, sines and cosines
// added to the embedding, which is scaled by sqrt(width), exact GELU. "model_type" is
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

NormWeights load_norm(Checkpoint& checkpoint, const std::string& name, std::size_t width) {
  return {with_padding(checkpoint.take(name + ".weight", {width})),
          with_padding(checkpoint.take(name + ".bias", {width}))};
}

}  // namespace

LmConfig read_paper_config(const ConfigFields& fields) {
  LmConfig config;
  config.vocabulary = fields.size("vocab_size");
  config.width = fields.size("hidden_size");
  config.layers = fields.size("num_hidden_layers");
  config.heads = fields.size("num_attention_heads");
  config.kv_heads = config.heads;
  config.head_size = config.width / std::max<std::size_t>(1, config.heads);
  config.hidden = fields.size("intermediate_size");
  config.context = fields.size("max_position_embeddings");
  config.norm = LmConfig::Norm::kLayerNormAfter;
  config.norm_epsilon = static_cast<float>(fields.number("layer_norm_eps", 1e-5));
  config.positions = LmConfig::Positions::kSinusoidal;
  config.position_base = fields.number("position_base", 10000);
  config.activation = LmConfig::Activation::kGelu;
  config.embedding_scale = std::sqrt(static_cast<float>(config.width));
  config.begin_of_text = fields.token("bos_token_id").value_or(0);
  return config;
}

LmWeights load_paper_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                             const LmConfig& config) {
  const std::size_t width = config.width;
  LmWeights weights;
  if (fields.flag("tie_word_embeddings", false)) {
    weights.output = Matrix(width, config.vocabulary);
    weights.output.set_rows(0, checkpoint.take("embedding.weight", {config.vocabulary, width}));
  } else {
    weights.embedding = checkpoint.take("embedding.weight", {config.vocabulary, width});
    weights.output = load_matrix(checkpoint, "output_layer", width, config.vocabulary);
  }
  for (std::size_t i = 0; i < config.layers; ++i) {
    const std::string prefix = fmt::format("layers.{}.", i);
    const std::string attention = prefix + "self_attn.";
    weights.layers.push_back(
        {.attention_norm = load_norm(checkpoint, prefix + "layer_norm1", width),
         .queries_keys_values = load_matrix(checkpoint, attention + "in_proj_weight",
                                            attention + "in_proj_bias", width, 3 * width),
         .attention_out = load_matrix(checkpoint, attention + "out_proj", width, width),
         .hidden_norm = load_norm(checkpoint, prefix + "layer_norm2", width),
         .up = load_matrix(checkpoint, prefix + "feed_forward.0", width, config.hidden),
         .down = load_matrix(checkpoint, prefix + "feed_forward.2", config.hidden, width)});
  }
  weights.final_norm = load_norm(checkpoint, "norm", width);
  checkpoint.check_all_taken([](std::string_view) { return false; });
  return weights;
}

}  // namespace zipdream
