// SPDX-License-Identifier: Apache-2.0
#include "tests/models/lm/tiny_models.h"

#include <fmt/format.h>

#include <bit>
#include <filesystem>

#include "base/files.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kTokens = 256;
constexpr std::size_t kContext = 96;
constexpr std::size_t kLayers = 2;

void append_number(std::uint64_t number, std::size_t count, Bytes& out) {
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<Byte>(number >> (8 * i)));
}

// For values of ordinary size: towards zero.
std::uint16_t half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 255) - 112;
  if (exponent <= 0) return static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000) | static_cast<unsigned>(exponent) << 10 |
                                    (bits >> 13 & 1023));
}

void append_value(float value, const std::string& type, Bytes& out) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (type == "F64") append_number(std::bit_cast<std::uint64_t>(double{value}), 8, out);
  if (type == "F32") append_number(bits, 4, out);
  if (type == "BF16") append_number(bits >> 16, 2, out);
  if (type == "F16") append_number(half_of(value), 2, out);
}

class Maker {
 public:
  // Random values around `mean`.
  void add(const std::string& name, std::vector<std::size_t> shape, double mean = 0) {
    std::size_t count = 1;
    for (const std::size_t size : shape) count *= size;
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(mean + 0.4 * (rng_.uniform() - 0.5));
    tensors_[name] = {std::move(shape), std::move(values)};
  }
  void add_with_bias(const std::string& name, std::vector<std::size_t> shape, std::size_t outputs) {
    add(name + ".weight", std::move(shape));
    add(name + ".bias", {outputs});
  }
  void add_norm(const std::string& name, std::size_t width) {
    add(name + ".weight", {width}, 1);
    add(name + ".bias", {width});
  }
  TinyTensors take() { return std::move(tensors_); }

 private:
  Rng rng_{7, 0};
  TinyTensors tensors_;
};

}  // namespace

Bytes safetensors_with(const std::string& header, std::size_t data_bytes) {
  Bytes file;
  append_number(header.size(), 8, file);
  file.insert(file.end(), header.begin(), header.end());
  file.resize(file.size() + data_bytes);
  return file;
}

Bytes float_bytes(const TinyTensor& tensor, const std::string& type) {
  Bytes bytes;
  for (const float value : tensor.values) append_value(value, type, bytes);
  return bytes;
}

Bytes safetensors(const TinyTensors& tensors, const std::string& type) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  Bytes data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data.size();
    for (const float value : tensor.values) append_value(value, type, data);
    header[name] = {
        {"dtype", type}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  Bytes file = safetensors_with(header.dump(), 0);
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

void TinyModel::write(const std::string& folder) const {
  write_file((std::filesystem::path(folder) / "config.json").string(), to_bytes(config.dump()));
  write_file((std::filesystem::path(folder) / "model.safetensors").string(), safetensors(tensors));
}

// Sizes that are no multiples of 16 or 64, two heads to each key-value head.
TinyModel tiny_llama(bool tied, std::size_t width) {
  const std::size_t heads = 4;
  const std::size_t kv_heads = 2;
  const std::size_t head_dim = width / heads;
  const std::size_t hidden = 2 * width + 44;
  Maker maker;
  maker.add(tied ? "lm_head.weight" : "model.embed_tokens.weight", {kTokens, width});
  if (!tied) maker.add("lm_head.weight", {kTokens, width});
  for (std::size_t i = 0; i < kLayers; ++i) {
    const std::string prefix = fmt::format("model.layers.{}.", i);
    maker.add(prefix + "input_layernorm.weight", {width}, 1);
    maker.add(prefix + "post_attention_layernorm.weight", {width}, 1);
    maker.add(prefix + "self_attn.q_proj.weight", {width, width});
    maker.add(prefix + "self_attn.k_proj.weight", {kv_heads * head_dim, width});
    maker.add(prefix + "self_attn.v_proj.weight", {kv_heads * head_dim, width});
    maker.add(prefix + "self_attn.o_proj.weight", {width, width});
    maker.add(prefix + "mlp.gate_proj.weight", {hidden, width});
    maker.add(prefix + "mlp.up_proj.weight", {hidden, width});
    maker.add(prefix + "mlp.down_proj.weight", {width, hidden});
  }
  maker.add("model.norm.weight", {width}, 1);
  const Json config = {{"model_type", "llama"},        {"vocab_size", kTokens},
                       {"hidden_size", width},         {"num_hidden_layers", kLayers},
                       {"num_attention_heads", heads}, {"num_key_value_heads", kv_heads},
                       {"intermediate_size", hidden},  {"max_position_embeddings", kContext},
                       {"rms_norm_eps", 1e-5},         {"hidden_act", "silu"},
                       {"rope_scaling", nullptr},      {"bos_token_id", 1},
                       {"tie_word_embeddings", tied}};
  return {config, maker.take()};
}

TinyModel with_more_tokens(TinyModel model) {
  constexpr std::size_t kMoreTokens = 300;
  for (auto& [name, tensor] : model.tensors) {
    if (tensor.shape.size() != 2 || tensor.shape[0] != kTokens) continue;
    tensor.shape[0] = kMoreTokens;
    for (std::size_t i = tensor.values.size(); i < kMoreTokens * tensor.shape[1]; ++i) {
      tensor.values.push_back(0.001F * static_cast<float>(i % 211));
    }
  }
  model.config["vocab_size"] = kMoreTokens;
  return model;
}

TinyModel tiny_llama_of_tokens() { return with_more_tokens(tiny_llama(true)); }

// Each member of the family as one that shows what sets it apart.
TinyModel tiny_member(const std::string& type) {
  const bool gemma = type == "gemma3_text";
  const bool phi = type == "phi3";
  const std::size_t layers = gemma ? 7 : type == "smollm3" ? 4 : kLayers;
  const std::size_t width = 48;
  const std::size_t heads = 4;
  const std::size_t kv_heads = 2;
  const std::size_t head_dim = gemma || type == "qwen3" ? 20 : width / heads;
  const std::size_t hidden = 100;
  const std::size_t queries = heads * head_dim;
  const std::size_t keys = kv_heads * head_dim;
  const double centre = gemma ? 0 : 1;  // of the weights of norms
  Maker maker;
  maker.add("model.embed_tokens.weight", {kTokens, width});
  if (!gemma) maker.add("lm_head.weight", {kTokens, width});
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string prefix = fmt::format("model.layers.{}.", i);
    const std::string attention = prefix + "self_attn.";
    maker.add(prefix + "post_attention_layernorm.weight", {width}, centre);
    if (type != "olmo2") maker.add(prefix + "input_layernorm.weight", {width}, centre);
    if (gemma) maker.add(prefix + "pre_feedforward_layernorm.weight", {width}, centre);
    if (gemma || type == "olmo2") {
      maker.add(prefix + "post_feedforward_layernorm.weight", {width}, centre);
    }
    if (gemma || type == "qwen3" || type == "olmo2") {
      maker.add(attention + "q_norm.weight", {type == "olmo2" ? queries : head_dim}, centre);
      maker.add(attention + "k_norm.weight", {type == "olmo2" ? keys : head_dim}, centre);
    }
    if (phi) {
      maker.add(attention + "qkv_proj.weight", {queries + 2 * keys, width});
      maker.add(prefix + "mlp.gate_up_proj.weight", {2 * hidden, width});
    } else {
      for (const auto& [name, size] :
           {std::pair("q_proj", queries), std::pair("k_proj", keys), std::pair("v_proj", keys)}) {
        maker.add(attention + name + ".weight", {size, width});
        if (type == "qwen2") maker.add(attention + name + ".bias", {size});
      }
      maker.add(prefix + "mlp.gate_proj.weight", {hidden, width});
      maker.add(prefix + "mlp.up_proj.weight", {hidden, width});
    }
    maker.add(attention + "o_proj.weight", {width, queries});
    maker.add(prefix + "mlp.down_proj.weight", {width, hidden});
  }
  maker.add("model.norm.weight", {width}, centre);
  Json config = {{"model_type", type},
                 {"vocab_size", kTokens},
                 {"hidden_size", width},
                 {"num_hidden_layers", layers},
                 {"num_attention_heads", heads},
                 {"num_key_value_heads", kv_heads},
                 {"head_dim", head_dim},
                 {"intermediate_size", hidden},
                 {"rms_norm_eps", 1e-5},
                 {"max_position_embeddings", kContext},
                 {"bos_token_id", 1},
                 {"tie_word_embeddings", gemma}};
  if (type == "mistral") config["sliding_window"] = 7;
  if (phi) config["partial_rotary_factor"] = 0.5;
  if (type == "smollm3") config["rope_theta"] = 10000;
  if (gemma) {
    config["sliding_window"] = 21;
    config["sliding_window_pattern"] = 2;
    config["query_pre_attn_scalar"] = 30;
  }
  return {config, maker.take()};
}

TinyModel tiny_gptneox() {
  const std::size_t width = 64;
  Maker maker;
  maker.add("gpt_neox.embed_in.weight", {kTokens, width});
  for (std::size_t i = 0; i < kLayers; ++i) {
    const std::string prefix = fmt::format("gpt_neox.layers.{}.", i);
    maker.add_norm(prefix + "input_layernorm", width);
    maker.add_norm(prefix + "post_attention_layernorm", width);
    maker.add_with_bias(prefix + "attention.query_key_value", {3 * width, width}, 3 * width);
    maker.add_with_bias(prefix + "attention.dense", {width, width}, width);
    maker.add_with_bias(prefix + "mlp.dense_h_to_4h", {4 * width, width}, 4 * width);
    maker.add_with_bias(prefix + "mlp.dense_4h_to_h", {width, 4 * width}, width);
  }
  maker.add_norm("gpt_neox.final_layer_norm", width);
  maker.add("embed_out.weight", {kTokens, width});
  const Json config = {{"model_type", "gpt_neox"},     {"vocab_size", kTokens},
                       {"hidden_size", width},         {"num_hidden_layers", kLayers},
                       {"num_attention_heads", 4},     {"intermediate_size", 4 * width},
                       {"hidden_act", "gelu"},         {"max_position_embeddings", kContext},
                       {"rotary_pct", 0.25},           {"rotary_emb_base", 10000},
                       {"layer_norm_eps", 1e-5},       {"use_parallel_residual", true},
                       {"tie_word_embeddings", false}, {"bos_token_id", 0}};
  return {config, maker.take()};
}

TinyModel tiny_gpt2() {
  const std::size_t width = 40;
  Maker maker;
  maker.add("wte.weight", {kTokens, width});
  maker.add("wpe.weight", {kContext, width});
  for (std::size_t i = 0; i < kLayers; ++i) {
    const std::string prefix = fmt::format("h.{}.", i);
    maker.add_norm(prefix + "ln_1", width);
    maker.add_with_bias(prefix + "attn.c_attn", {width, 3 * width}, 3 * width);
    maker.add_with_bias(prefix + "attn.c_proj", {width, width}, width);
    maker.add_norm(prefix + "ln_2", width);
    maker.add_with_bias(prefix + "mlp.c_fc", {width, 4 * width}, 4 * width);
    maker.add_with_bias(prefix + "mlp.c_proj", {4 * width, width}, width);
  }
  maker.add_norm("ln_f", width);
  const Json config = {{"model_type", "gpt2"}, {"vocab_size", kTokens}, {"n_embd", width},
                       {"n_layer", kLayers},   {"n_head", 4},           {"n_positions", kContext},
                       {"bos_token_id", 0}};
  return {config, maker.take()};
}

TinyModel tiny_paper() {
  const std::size_t width = 48;
  const std::size_t hidden = 100;
  Maker maker;
  maker.add("embedding.weight", {kTokens, width});
  for (std::size_t i = 0; i < kLayers; ++i) {
    const std::string prefix = fmt::format("layers.{}.", i);
    maker.add(prefix + "self_attn.in_proj_weight", {3 * width, width});
    maker.add(prefix + "self_attn.in_proj_bias", {3 * width});
    maker.add_with_bias(prefix + "self_attn.out_proj", {width, width}, width);
    maker.add_norm(prefix + "layer_norm1", width);
    maker.add_with_bias(prefix + "feed_forward.0", {hidden, width}, hidden);
    maker.add_with_bias(prefix + "feed_forward.2", {width, hidden}, width);
    maker.add_norm(prefix + "layer_norm2", width);
  }
  maker.add_norm("norm", width);
  maker.add_with_bias("output_layer", {kTokens, width}, kTokens);
  const Json config = {{"model_type", "zipdream-transformer"},
                       {"vocab_size", kTokens},
                       {"hidden_size", width},
                       {"num_hidden_layers", kLayers},
                       {"num_attention_heads", 4},
                       {"intermediate_size", hidden},
                       {"max_position_embeddings", kContext}};
  return {config, maker.take()};
}

TinyModel tiny_rwkv7(std::size_t width) {
  constexpr std::size_t kHeadDim = 16;
  const std::size_t hidden = 2 * width + 4;
  const std::vector<std::pair<std::string, std::size_t>> ranks = {
      {"w", 8}, {"a", 6}, {"v", 4}, {"g", 10}};
  Maker maker;
  maker.add("model.embeddings.weight", {kTokens, width});
  maker.add_norm("model.layers.0.pre_norm", width);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string prefix = fmt::format("model.layers.{}.", i);
    const std::string attention = prefix + "attn.";
    maker.add_norm(prefix + "attn_norm", width);
    maker.add_norm(prefix + "ffn_norm", width);
    maker.add_norm(attention + "g_norm", width);
    for (const char letter : {'r', 'w', 'k', 'v', 'a', 'g'}) {
      maker.add(fmt::format("{}x_{}", attention, letter), {1, 1, width}, 0.5);
    }
    for (const char letter : {'r', 'k', 'v', 'o'}) {
      maker.add(fmt::format("{}{}_proj.weight", attention, letter), {width, width});
    }
    for (const auto& [letter, rank] : ranks) {
      if (letter == "v" && i == 0) continue;
      maker.add(attention + letter + "_lora.lora.0.weight", {rank, width});
      maker.add(attention + letter + "_lora.lora.2.weight", {width, rank}, 0.1);
      if (letter != "g") maker.add(attention + letter + "_lora.lora.2.bias", {width});
    }
    maker.add(attention + "k_k", {width}, 0.8);
    maker.add(attention + "k_a", {width}, 1);
    maker.add(attention + "r_k", {width / kHeadDim, kHeadDim});
    maker.add(prefix + "ffn.x_k", {width}, 0.5);
    maker.add(prefix + "ffn.key.weight", {hidden, width});
    maker.add(prefix + "ffn.value.weight", {width, hidden});
  }
  maker.add_norm("model.norm", width);
  maker.add("lm_head.weight", {kTokens, width});
  const Json config = {
      {"model_type", "rwkv7"},   {"vocab_size", kTokens},        {"hidden_size", width},
      {"num_hidden_layers", 3},  {"head_dim", kHeadDim},         {"intermediate_size", hidden},
      {"decay_low_rank_dim", 8}, {"a_low_rank_dim", 6},          {"v_low_rank_dim", 4},
      {"gate_low_rank_dim", 10}, {"hidden_act", "sqrelu"},       {"norm_eps", 1e-5},
      {"bos_token_id", 0},       {"tie_word_embeddings", false}, {"attn", nullptr}};
  return {config, maker.take()};
}

TinyTensor paired(const TinyTensor& rows, std::size_t head_dim) {
  TinyTensor result = rows;
  const std::size_t inputs = rows.shape[1];
  for (std::size_t row = 0; row < rows.shape[0]; ++row) {
    const std::size_t in_head = row % head_dim;
    const std::size_t from = row - in_head + in_head / 2 + in_head % 2 * (head_dim / 2);
    std::copy_n(&rows.values[from * inputs], inputs, &result.values[row * inputs]);
  }
  return result;
}

Bytes llama2c_file(const TinyModel& llama) {
  const auto size = [&](const char* name) { return llama.config[name].get<std::size_t>(); };
  const std::size_t head_dim = size("hidden_size") / size("num_attention_heads");
  Bytes file;
  for (const char* name :
       {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "vocab_size", "max_position_embeddings"}) {
    append_number(size(name), 4, file);
  }
  const auto append = [&](const TinyTensor& tensor) {
    for (const float value : tensor.values) append_value(value, "F32", file);
  };
  append(llama.tensors.at("lm_head.weight"));
  for (const std::string part : {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj",
                                 "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm",
                                 "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj"}) {
    for (std::size_t i = 0; i < size("num_hidden_layers"); ++i) {
      const TinyTensor& tensor =
          llama.tensors.at(fmt::format("model.layers.{}.{}.weight", i, part));
      const bool is_rotated = part == "self_attn.q_proj" || part == "self_attn.k_proj";
      append(is_rotated ? paired(tensor, head_dim) : tensor);
    }
  }
  append(llama.tensors.at("model.norm.weight"));
  file.resize(file.size() + 4 * size("max_position_embeddings") * head_dim);
  return file;
}

}  // namespace zipdream
