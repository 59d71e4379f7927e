// SPDX-License-Identifier: Apache-2.0
#include "training/layout.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>

#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr double kEmbeddingSpread = 0.02;

// Small initial values keep deep sums tame (Nguyen and Salazar 2019, arXiv 1910.05895); what adds
// to the residual stream of each layer begins smaller still, as in GPT-2.
struct Spreads {
  explicit Spreads(const LmConfig& config)
      : in(std::sqrt(2 / (5 * static_cast<double>(config.hidden_size)))),
        out(in / std::sqrt(2 * static_cast<double>(config.num_layers))) {}
  double in;
  double out;
};

class Builder {
 public:
  void matrix(std::string key, std::vector<std::string> names, std::size_t rows,
              std::size_t columns, double spread) {
    add({std::move(key), std::move(names), rows, columns, 0, spread});
  }
  void vector(std::string key, std::string name, std::size_t size, double value) {
    add({std::move(key), {std::move(name)}, size, 0, value, 0});
  }
  Layout take() { return std::move(layout_); }

 private:
  void add(Parameter parameter) {
    parameter.offset = layout_.size;
    layout_.size += parameter.size();
    layout_.parameters.push_back(std::move(parameter));
  }

  Layout layout_;
};

Layout modern_layout(const LmConfig& config) {
  const Spreads spread(config);
  const std::size_t hidden_size = config.hidden_size;
  Builder builder;
  builder.matrix("embedding", {"model.embed_tokens.weight"}, config.vocab_size, hidden_size,
                 kEmbeddingSpread);
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    const std::string key = fmt::format("{}.", i);
    const std::string name = fmt::format("model.layers.{}.", i);
    const std::string attention = name + "self_attn.";
    builder.vector(key + "norm1", name + "input_layernorm.weight", hidden_size, 1);
    builder.matrix(
        key + "qkv",
        {attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"},
        3 * hidden_size, hidden_size, spread.in);
    builder.matrix(key + "out", {attention + "o_proj.weight"}, hidden_size, hidden_size,
                   spread.out);
    builder.vector(key + "norm2", name + "post_attention_layernorm.weight", hidden_size, 1);
    builder.matrix(key + "up", {name + "mlp.gate_proj.weight", name + "mlp.up_proj.weight"},
                   2 * config.intermediate_size, hidden_size, spread.in);
    builder.matrix(key + "down", {name + "mlp.down_proj.weight"}, hidden_size,
                   config.intermediate_size, spread.out);
  }
  builder.vector("norm", "model.norm.weight", hidden_size, 1);
  return builder.take();
}

Layout paper_layout(const LmConfig& config) {
  const Spreads spread(config);
  const std::size_t hidden_size = config.hidden_size;
  Builder builder;
  const auto linear = [&](const std::string& key, const std::string& weight,
                          const std::string& bias, std::size_t outputs, std::size_t inputs,
                          double size) {
    builder.matrix(key, {weight}, outputs, inputs, size);
    builder.vector(key + ".bias", bias, outputs, 0);
  };
  const auto norm = [&](const std::string& key, const std::string& name) {
    builder.vector(key, name + ".weight", hidden_size, 1);
    builder.vector(key + ".bias", name + ".bias", hidden_size, 0);
  };
  builder.matrix("embedding", {"embedding.weight"}, config.vocab_size, hidden_size,
                 kEmbeddingSpread);
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    const std::string key = fmt::format("{}.", i);
    const std::string name = fmt::format("layers.{}.", i);
    const std::string attention = name + "self_attn.";
    linear(key + "qkv", attention + "in_proj_weight", attention + "in_proj_bias", 3 * hidden_size,
           hidden_size, spread.in);
    linear(key + "out", attention + "out_proj.weight", attention + "out_proj.bias", hidden_size,
           hidden_size, spread.out);
    norm(key + "norm1", name + "layer_norm1");
    linear(key + "up", name + "feed_forward.0.weight", name + "feed_forward.0.bias",
           config.intermediate_size, hidden_size, spread.in);
    linear(key + "down", name + "feed_forward.2.weight", name + "feed_forward.2.bias", hidden_size,
           config.intermediate_size, spread.out);
    norm(key + "norm2", name + "layer_norm2");
  }
  norm("norm", "norm");
  linear("output", "output_layer.weight", "output_layer.bias", config.vocab_size, hidden_size,
         spread.in);
  return builder.take();
}

}  // namespace

Layout layout_of(const LmConfig& config) {
  return config.norm == LmConfig::Norm::kRms ? modern_layout(config) : paper_layout(config);
}

std::vector<float> first_values(const Layout& layout, std::uint64_t seed) {
  std::vector<float> values(layout.size);
  for (std::size_t p = 0; p < layout.parameters.size(); ++p) {
    const Parameter& parameter = layout.parameters[p];
    Rng rng(seed, p);
    // Box and Muller's: the logarithm is of a number in (0, 1].
    const auto normal = [&] {
      const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
      return radius * std::cos(2 * std::numbers::pi * rng.uniform());
    };
    for (std::size_t i = 0; i < parameter.size(); ++i) {
      const double off = parameter.spread == 0 ? 0 : parameter.spread * normal();
      values[parameter.offset + i] = static_cast<float>(parameter.mean + off);
    }
  }
  return values;
}

std::vector<NamedTensor> tensors_of(const Layout& layout, std::span<const float> values) {
  std::vector<NamedTensor> tensors;
  for (const Parameter& parameter : layout.parameters) {
    const std::size_t rows = parameter.rows / parameter.names.size();
    const std::size_t size = parameter.size() / parameter.names.size();
    std::vector<std::size_t> shape = {rows};
    if (parameter.columns > 0) shape.push_back(parameter.columns);
    for (std::size_t i = 0; i < parameter.names.size(); ++i) {
      tensors.push_back(
          {parameter.names[i], shape, values.subspan(parameter.offset + i * size, size)});
    }
  }
  return tensors;
}

std::string config_json(const LmConfig& config) {
  const bool modern = config.norm == LmConfig::Norm::kRms;
  nlohmann::ordered_json json = {{"model_type", modern ? "llama" : "zipdream-transformer"},
                                 {"vocab_size", config.vocab_size},
                                 {"hidden_size", config.hidden_size},
                                 {"num_hidden_layers", config.num_layers},
                                 {"num_attention_heads", config.num_heads},
                                 {"intermediate_size", config.intermediate_size},
                                 {"max_position_embeddings", config.context_length}};
  if (modern) {
    json["architectures"] = {"LlamaForCausalLM"};
    json["num_key_value_heads"] = config.num_heads;
    json["hidden_act"] = "silu";
    json["rms_norm_eps"] = 1e-5;
    json["rope_theta"] = config.rope.theta;
    json["tie_word_embeddings"] = true;
  } else {
    json["layer_norm_eps"] = 1e-5;
    json["position_base"] = config.rope.theta;
    json["tie_word_embeddings"] = false;
  }
  if (config.begin_of_text) json["bos_token_id"] = *config.begin_of_text;
  return json.dump(2) + "\n";
}

}  // namespace zipdream
