// SPDX-License-Identifier: Apache-2.0
#include "tests/models/lm/tiny_gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr std::size_t kAlignment = 32;

void append(std::uint64_t number, std::size_t size, Bytes& out) {
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<Byte>(number >> (8 * i)));
}

void append(std::string_view text, Bytes& out) {
  append(text.size(), 8, out);
  out.insert(out.end(), text.begin(), text.end());
}

void pad(Bytes& out) { out.resize((out.size() + kAlignment - 1) / kAlignment * kAlignment); }

// A list: the type of its items, how many, and they.
template <typename Items, typename Append>
Bytes list_of(std::uint32_t type, const Items& items, const Append& append_item) {
  Bytes list;
  append(type, 4, list);
  append(items.size(), 8, list);
  for (const auto& item : items) append_item(item, list);
  return list;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The names of GGUF for those of Hugging Face; where one contains another, it comes first.
std::string gguf_name(std::string name, const std::string& type) {
  const bool gemma = type == "gemma3_text";
  const bool olmo2 = type == "olmo2";
  using Names = std::vector<std::pair<std::string_view, std::string_view>>;
  Names names = {{"model.layers.", "blk."},
                 {"gpt_neox.layers.", "blk."},
                 {"model.embed_tokens", "token_embd"},
                 {"gpt_neox.embed_in", "token_embd"},
                 {"gpt_neox.final_layer_norm", "output_norm"},
                 {"embed_out", "output"},
                 {"model.norm", "output_norm"},
                 {"lm_head", "output"},
                 {"self_attn.q_norm", "attn_q_norm"},
                 {"self_attn.k_norm", "attn_k_norm"},
                 {"self_attn.q_proj", "attn_q"},
                 {"self_attn.k_proj", "attn_k"},
                 {"self_attn.v_proj", "attn_v"},
                 {"self_attn.qkv_proj", "attn_qkv"},
                 {"self_attn.o_proj", "attn_output"},
                 {"attention.query_key_value", "attn_qkv"},
                 {"attention.dense", "attn_output"},
                 {"mlp.gate_up_proj", "ffn_up"},
                 {"mlp.gate_proj", "ffn_gate"},
                 {"mlp.up_proj", "ffn_up"},
                 {"mlp.down_proj", "ffn_down"},
                 {"mlp.dense_h_to_4h", "ffn_up"},
                 {"mlp.dense_4h_to_h", "ffn_down"},
                 {"input_layernorm", "attn_norm"},
                 {"pre_feedforward_layernorm", "ffn_norm"},
                 {"post_feedforward_layernorm", "post_ffw_norm"},
                 {"post_attention_layernorm", gemma || olmo2 ? "post_attention_norm" : "ffn_norm"}};
  if (type == "gpt2") {
    names = {{"h.", "blk."},
             {"wte", "token_embd"},
             {"wpe", "position_embd"},
             {"ln_f", "output_norm"},
             {"ln_1", "attn_norm"},
             {"ln_2", "ffn_norm"},
             {"attn.c_attn", "attn_qkv"},
             {"attn.c_proj", "attn_output"},
             {"mlp.c_fc", "ffn_up"},
             {"mlp.c_proj", "ffn_down"}};
  }
  for (const auto& [from, to] : names) name = replaced(std::move(name), from, to);
  return name;
}

// Those of flash-linear-attention for RWKV-7; what is empty is not stored by itself.
std::string rwkv7_name(std::string name) {
  using Names = std::vector<std::pair<std::string_view, std::string_view>>;
  if (name.find("attn.x_") != std::string::npos) return "";
  static const Names kNames = {{"model.layers.0.pre_norm", "token_embd_norm"},
                               {"model.layers.", "blk."},
                               {"model.embeddings", "token_embd"},
                               {"model.norm", "output_norm"},
                               {"lm_head", "output"},
                               {"ffn_norm", "attn_norm_2"},
                               {"attn.g_norm", "time_mix_ln"},
                               {"attn.r_proj", "time_mix_receptance"},
                               {"attn.k_proj", "time_mix_key"},
                               {"attn.v_proj", "time_mix_value"},
                               {"attn.o_proj", "time_mix_output"},
                               {"ffn.x_k", "channel_mix_lerp_k.weight"},
                               {"ffn.key", "channel_mix_key"},
                               {"ffn.value", "channel_mix_value"},
                               {"attn.k_k", "time_mix_k_k.weight"},
                               {"attn.k_a", "time_mix_k_a.weight"},
                               {"attn.r_k", "time_mix_r_k.weight"},
                               {"_lora.lora.0", "1"},
                               {"_lora.lora.2.bias", "0.weight"},
                               {"_lora.lora.2", "2"},
                               {"attn.", "time_mix_"}};
  for (const auto& [from, to] : kNames) name = replaced(std::move(name), from, to);
  return name;
}

// What GGUF has in one tensor, and the first layer's share of its own values, which nothing reads.
void put_rwkv7_rest(const TinyModel& model, GgufWriter& writer) {
  const auto width = model.config["hidden_size"].get<std::size_t>();
  for (std::size_t i = 0; i < model.config["num_hidden_layers"].get<std::size_t>(); ++i) {
    TinyTensor shares{{6, 1, 1, width}, {}};
    for (const char letter : {'r', 'w', 'k', 'v', 'a', 'g'}) {
      const auto found = model.tensors.find(fmt::format("model.layers.{}.attn.x_{}", i, letter));
      if (found == model.tensors.end()) return;
      shares.values.insert(shares.values.end(), found->second.values.begin(),
                           found->second.values.end());
    }
    if (shares.values.size() != 6 * width) shares.shape = {shares.values.size()};  // a bad model
    writer.floats(fmt::format("blk.{}.time_mix_lerp_fused.weight", i), shares, "F32");
  }
  writer.floats("blk.0.time_mix_v0.weight", {{width}, std::vector<float>(width)}, "F32");
}

void put_rwkv7_config(const TinyModel& model, GgufWriter& writer) {
  const auto size = [&](const char* field) { return model.config[field].get<std::uint32_t>(); };
  writer.text("general.architecture", "rwkv7")
      .u32("rwkv7.vocab_size", size("vocab_size"))
      .u32("rwkv7.embedding_length", size("hidden_size"))
      .u32("rwkv7.block_count", size("num_hidden_layers"))
      .u32("rwkv7.attention.head_count", 0)
      .u32("rwkv7.feed_forward_length", size("intermediate_size"))
      .u32("rwkv7.context_length", 1U << 20)
      .u32("rwkv7.wkv.head_size", size("head_dim"))
      .u32("rwkv7.attention.decay_lora_rank", size("decay_low_rank_dim"))
      .u32("rwkv7.attention.iclr_lora_rank", size("a_low_rank_dim"))
      .u32("rwkv7.attention.value_residual_mix_lora_rank", size("v_low_rank_dim"))
      .u32("rwkv7.attention.gate_lora_rank", size("gate_low_rank_dim"))
      .f32("rwkv7.attention.layer_norm_epsilon", 1e-5F)
      .u32("tokenizer.ggml.bos_token_id", size("bos_token_id"));
}

TinyTensor turned(const TinyTensor& matrix) {
  TinyTensor result{{matrix.shape[1], matrix.shape[0]}, matrix.values};
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    result.values[i % matrix.shape[1] * matrix.shape[0] + i / matrix.shape[1]] = matrix.values[i];
  }
  return result;
}

// From [head][query, key, value] to [query, key, value][head], of rows or of single values.
TinyTensor heads_apart(const TinyTensor& rows, std::size_t heads) {
  TinyTensor result = rows;
  const std::size_t size = rows.values.size() / (3 * heads);
  for (std::size_t part = 0; part < 3 * heads; ++part) {
    std::copy_n(&rows.values[part * size], size,
                &result.values[(part % 3 * heads + part / 3) * size]);
  }
  return result;
}

TinyTensor converted(const std::string& name, const TinyTensor& tensor, const TinyModel& model) {
  const std::string type = model.config["model_type"];
  const auto size = [&](const char* field) { return model.config[field].get<std::size_t>(); };
  const bool rotated =
      name.find("q_proj.w") != std::string::npos || name.find("k_proj.w") != std::string::npos;
  if (rotated && (type == "llama" || type == "smollm3")) {
    return paired(tensor, size("hidden_size") / size("num_attention_heads"));
  }
  if (type == "gpt2" && tensor.shape.size() == 2 && name.starts_with("h.")) return turned(tensor);
  if (name.find("query_key_value") != std::string::npos) {
    return heads_apart(tensor, size("num_attention_heads"));
  }
  TinyTensor result = tensor;
  if (type == "gemma3_text" && name.find("norm") != std::string::npos) {
    for (float& value : result.values) value += 1;
  }
  return result;
}

void put_config(const TinyModel& model, GgufWriter& writer) {
  const auto& config = model.config;
  const std::string type = config["model_type"];
  if (type == "rwkv7") return put_rwkv7_config(model, writer);
  const std::string arch = type == "gpt_neox" ? "gptneox" : type == "gemma3_text" ? "gemma3" : type;
  const bool gpt2 = type == "gpt2";
  const auto size = [&](const char* field, std::uint32_t fallback) {
    return config.value(field, fallback);
  };
  const std::uint32_t width = size(gpt2 ? "n_embd" : "hidden_size", 0);
  const std::uint32_t heads = size(gpt2 ? "n_head" : "num_attention_heads", 0);
  const std::uint32_t head_dim = size("head_dim", width / heads);
  writer.text("general.architecture", arch)
      .u32(arch + ".vocab_size", size("vocab_size", 0))
      .u32(arch + ".embedding_length", width)
      .u32(arch + ".block_count", size(gpt2 ? "n_layer" : "num_hidden_layers", 0))
      .u32(arch + ".attention.head_count", heads)
      .u32(arch + ".attention.head_count_kv", size("num_key_value_heads", heads))
      .u32(arch + ".feed_forward_length", size("intermediate_size", 4 * width))
      .u32(arch + ".context_length", size(gpt2 ? "n_positions" : "max_position_embeddings", 0))
      .u32(arch + ".attention.key_length", head_dim)
      .u32(arch + ".attention.value_length", head_dim)
      .f32(arch + ".attention.layer_norm_rms_epsilon", 1e-5F)
      .f32(arch + ".attention.layer_norm_epsilon", 1e-5F)
      .f32(arch + ".rope.freq_base", type == "gemma3_text" ? 1e6F : 1e4F)
      .u32("tokenizer.ggml.bos_token_id", size("bos_token_id", 0));
  const double share = config.value("partial_rotary_factor", type == "gpt_neox" ? 0.25 : 1.0);
  writer.u32(arch + ".rope.dimension_count", static_cast<std::uint32_t>(head_dim * share));
  if (type == "gemma3_text") {
    writer.u32("gemma3.attention.sliding_window", size("sliding_window", 0));
  }
}

// ---- blocks ----

std::uint32_t number_at(const Byte* at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint32_t{at[i]} << (8 * i);
  return number;
}

// Of ordinary size, or zero.
double half_at(const Byte* at) {
  const std::uint32_t bits = number_at(at, 2);
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double size = exponent == 0 ? std::ldexp(bits & 1023, -24)
                                    : std::ldexp(1024 + (bits & 1023), exponent - 25);
  return bits >> 15 != 0 ? -size : size;
}

// The bit, counted over all bytes from the lowest of the first.
unsigned bit_at(const Byte* bytes, std::size_t bit) { return bytes[bit / 8] >> (bit % 8) & 1U; }

void plain_block_of_32(std::string_view type, const Byte* block, std::vector<double>& out) {
  const bool has_lowest = type.ends_with("1");
  const double scale = half_at(block);
  const double lowest = has_lowest ? half_at(block + 2) : 0;
  const Byte* rest = block + (has_lowest ? 4 : 2);
  if (type == "Q8_0") {
    for (std::size_t i = 0; i < 32; ++i) out.push_back(static_cast<std::int8_t>(rest[i]) * scale);
    return;
  }
  const bool five = type.starts_with("Q5");
  const Byte* const high = rest;
  if (five) rest += 4;
  const int middle = has_lowest ? 0 : five ? 16 : 8;
  for (std::size_t i = 0; i < 32; ++i) {
    unsigned weight = rest[i % 16] >> (i < 16 ? 0 : 4) & 15U;
    if (five) weight += 16 * bit_at(high, i);
    out.push_back((static_cast<int>(weight) - middle) * scale + lowest);
  }
}

void plain_block_of_256(std::string_view type, const Byte* block, std::vector<double>& out) {
  if (type == "Q6_K") {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::size_t half = i / 128;
      const std::size_t within = i % 128;
      const unsigned low = block[half * 64 + within % 64] >> (within < 64 ? 0 : 4) & 15U;
      const unsigned top = block[128 + half * 32 + within % 32] >> (within / 32 * 2) & 3U;
      const int scale = static_cast<std::int8_t>(block[192 + i / 16]);
      out.push_back((static_cast<int>(low + 16 * top) - 32) * scale * half_at(block + 208));
    }
    return;
  }
  const Byte* const s = block + 4;
  const Byte* const nibbles = block + (type == "Q5_K" ? 48 : 16);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t part = i / 32;
    const unsigned scale = part < 4 ? s[part] % 64U : s[part + 4] % 16U + 16U * (s[part - 4] / 64U);
    const unsigned lowest =
        part < 4 ? s[part + 4] % 64U : s[part + 4] / 16U + 16U * (s[part] / 64U);
    unsigned weight = nibbles[part / 2 * 32 + i % 32] >> (part % 2 * 4) & 15U;
    if (type == "Q5_K") weight += 16U * (block[16 + i % 32] >> part & 1U);
    out.push_back(half_at(block) * scale * weight - half_at(block + 2) * lowest);
  }
}

}  // namespace

GgufWriter::TypeSize GgufWriter::type(std::string_view name) {
  constexpr auto kTypes = std::to_array<TypeSize>({{"F32", 0, 1, 4},
                                                   {"F16", 1, 1, 2},
                                                   {"BF16", 30, 1, 2},
                                                   {"Q4_0", 2, 32, 18},
                                                   {"Q4_1", 3, 32, 20},
                                                   {"Q5_0", 6, 32, 22},
                                                   {"Q5_1", 7, 32, 24},
                                                   {"Q8_0", 8, 32, 34},
                                                   {"Q4_K", 12, 256, 144},
                                                   {"Q5_K", 13, 256, 176},
                                                   {"Q6_K", 14, 256, 210}});
  return *std::ranges::find(kTypes, name, &TypeSize::name);
}

GgufWriter& GgufWriter::raw(const std::string& name, std::uint32_t type, ByteView value) {
  append(name, value_bytes_);
  append(type, 4, value_bytes_);
  value_bytes_.insert(value_bytes_.end(), value.begin(), value.end());
  ++values_;
  return *this;
}

GgufWriter& GgufWriter::u32(const std::string& name, std::uint32_t value) {
  Bytes bytes;
  append(value, 4, bytes);
  return raw(name, 4, bytes);
}

GgufWriter& GgufWriter::f32(const std::string& name, float value) {
  Bytes bytes;
  append(std::bit_cast<std::uint32_t>(value), 4, bytes);
  return raw(name, 6, bytes);
}

GgufWriter& GgufWriter::flag(const std::string& name, bool value) {
  return raw(name, 7, Bytes{static_cast<Byte>(value)});
}

GgufWriter& GgufWriter::text(const std::string& name, std::string_view value) {
  Bytes bytes;
  append(value, bytes);
  return raw(name, 8, bytes);
}

GgufWriter& GgufWriter::texts(const std::string& name, const std::vector<std::string>& values) {
  return raw(name, 9,
             list_of(8, values, [](const std::string& value, Bytes& out) { append(value, out); }));
}

GgufWriter& GgufWriter::i32s(const std::string& name, const std::vector<std::int32_t>& values) {
  return raw(name, 9, list_of(5, values, [](std::int32_t value, Bytes& out) {
               append(static_cast<std::uint32_t>(value), 4, out);
             }));
}

GgufWriter& GgufWriter::f32s(const std::string& name, const std::vector<float>& values) {
  return raw(name, 9, list_of(6, values, [](float value, Bytes& out) {
               append(std::bit_cast<std::uint32_t>(value), 4, out);
             }));
}

GgufWriter& GgufWriter::tensor(const std::string& name, std::vector<std::size_t> shape,
                               std::uint32_t type_number, ByteView data, std::int64_t place) {
  pad(data_);
  append(name, infos_);
  append(shape.size(), 4, infos_);
  for (auto size = shape.rbegin(); size != shape.rend(); ++size) append(*size, 8, infos_);
  append(type_number, 4, infos_);
  append(place < 0 ? data_.size() : static_cast<std::uint64_t>(place), 8, infos_);
  data_.insert(data_.end(), data.begin(), data.end());
  ++tensors_;
  return *this;
}

GgufWriter& GgufWriter::floats(const std::string& name, const TinyTensor& values,
                               const std::string& type_name) {
  return tensor(name, values.shape, type(type_name).number, float_bytes(values, type_name));
}

Bytes GgufWriter::file(std::uint64_t more_tensors, std::uint64_t more_values,
                       std::uint32_t version) const {
  Bytes file = to_bytes("GGUF");
  append(version, 4, file);
  append(tensors_ + more_tensors, 8, file);
  append(values_ + more_values, 8, file);
  file.insert(file.end(), value_bytes_.begin(), value_bytes_.end());
  file.insert(file.end(), infos_.begin(), infos_.end());
  if (tensors_ > 0) pad(file);
  file.insert(file.end(), data_.begin(), data_.end());
  return file;
}

GgufWriter as_gguf(const TinyModel& model, const std::string& type) {
  GgufWriter writer;
  put_config(model, writer);
  const std::string kind = model.config["model_type"];
  const bool has_embedding = model.tensors.contains("model.embed_tokens.weight");
  if (kind == "rwkv7") {
    for (const auto& [name, tensor] : model.tensors) {
      const std::string stored = rwkv7_name(name);
      if (stored.empty()) continue;
      const bool is_matrix = tensor.shape.size() == 2 && !stored.ends_with("r_k.weight");
      writer.floats(stored, tensor, is_matrix ? type : "F32");
    }
    put_rwkv7_rest(model, writer);
    return writer;
  }
  for (const auto& [name, tensor] : model.tensors) {
    const bool tied = name == "lm_head.weight" && !has_embedding;
    writer.floats(tied ? "token_embd.weight" : gguf_name(name, kind),
                  converted(name, tensor, model),
                  tensor.shape.size() == 2 && !name.starts_with("wpe") ? type : "F32");
  }
  return writer;
}

Bytes random_blocks(std::string_view type_name, std::size_t blocks, std::uint64_t seed) {
  const GgufWriter::TypeSize type = GgufWriter::type(type_name);
  Rng rng(seed, 0);
  Bytes bytes(blocks * type.bytes);
  for (Byte& byte : bytes) byte = static_cast<Byte>(rng.uniform() * 256);
  // The scales, halves: such that weights are some 0.05, whatever whole numbers they are made of.
  const unsigned lowest = type_name == "Q6_K"      ? 0
                          : type.weights == 256    ? 2
                          : type_name == "Q8_0"    ? 4
                          : type_name.at(1) == '5' ? 6
                                                   : 7;
  const auto put_scale = [&](std::size_t at) {
    const unsigned exponent = lowest + static_cast<unsigned>(rng.uniform() * 2);
    bytes[at + 1] = static_cast<Byte>(exponent << 2 | (bytes[at + 1] & 3U));
  };
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t at = b * type.bytes;
    const bool large = type.weights == 256;
    put_scale(type_name == "Q6_K" ? at + 208 : at);
    if (type_name.ends_with("1") || (large && type_name != "Q6_K")) put_scale(at + 2);
  }
  return bytes;
}

std::vector<double> plain_weights(std::string_view type_name, ByteView blocks) {
  const GgufWriter::TypeSize type = GgufWriter::type(type_name);
  std::vector<double> weights;
  for (std::size_t at = 0; at < blocks.size(); at += type.bytes) {
    if (type.weights == 32) plain_block_of_32(type_name, &blocks[at], weights);
    if (type.weights == 256) plain_block_of_256(type_name, &blocks[at], weights);
  }
  return weights;
}

GgufWriter quantized_llama(std::string_view type_name, std::uint64_t seed) {
  constexpr std::size_t kWidth = 256;
  constexpr std::size_t kTokens = 256;
  const GgufWriter::TypeSize type = GgufWriter::type(type_name);
  GgufWriter writer;
  writer.text("general.architecture", "llama")
      .u32("llama.vocab_size", kTokens)
      .u32("llama.embedding_length", kWidth)
      .u32("llama.block_count", 2)
      .u32("llama.attention.head_count", 4)
      .u32("llama.attention.head_count_kv", 2)
      .u32("llama.feed_forward_length", kWidth)
      .u32("llama.context_length", 96)
      .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  const auto matrix = [&](const std::string& name, std::size_t rows) {
    writer.tensor(name + ".weight", {rows, kWidth}, type.number,
                  random_blocks(type_name, rows * kWidth / type.weights, ++seed));
  };
  const TinyTensor ones{{kWidth}, std::vector<float>(kWidth, 1)};
  matrix("token_embd", kTokens);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string layer = fmt::format("blk.{}.", i);
    writer.floats(layer + "attn_norm.weight", ones, "F32");
    writer.floats(layer + "ffn_norm.weight", ones, "F32");
    for (const auto& [name, rows] :
         {std::pair("attn_q", 256), std::pair("attn_k", 128), std::pair("attn_v", 128),
          std::pair("attn_output", 256), std::pair("ffn_gate", 256), std::pair("ffn_up", 256),
          std::pair("ffn_down", 256)}) {
      matrix(layer + name, static_cast<std::size_t>(rows));
    }
  }
  writer.floats("output_norm.weight", ones, "F32");
  return writer;
}

}  // namespace zipdream
