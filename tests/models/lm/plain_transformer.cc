// SPDX-License-Identifier: Apache-2.0
#include "tests/models/lm/plain_transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>

namespace zipdream {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

class Plain {
 public:
  explicit Plain(const TinyModel& model) : model_(model) {}

  [[nodiscard]] const std::vector<float>& values(const std::string& name) const {
    return model_.tensors.at(name).values;
  }
  [[nodiscard]] std::size_t size(const char* name) const {
    return model_.config[name].get<std::size_t>();
  }
  template <typename T>
  [[nodiscard]] T field(const char* name, T fallback) const {
    return model_.config.value(name, fallback);
  }
  [[nodiscard]] const nlohmann::json& config() const { return model_.config; }
  [[nodiscard]] bool has(const std::string& name) const { return model_.tensors.contains(name); }

  // y = W x (+ b); the matrix has its outputs as rows, or its inputs.
  [[nodiscard]] Row linear(const std::string& weight, const std::string& bias, const Row& x,
                           bool inputs_are_rows = false) const {
    const TinyTensor& matrix = model_.tensors.at(weight);
    const std::size_t outputs = matrix.shape[inputs_are_rows ? 1 : 0];
    Row y(outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        y[o] += x[i] * matrix.values[inputs_are_rows ? i * outputs + o : o * x.size() + i];
      }
      if (!bias.empty()) y[o] += values(bias)[o];
    }
    return y;
  }

  [[nodiscard]] Row layer_norm(const std::string& name, const Row& x) const {
    double mean = 0;
    double variance = 0;
    for (const double value : x) mean += value / static_cast<double>(x.size());
    for (const double value : x) {
      variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
    }
    Row y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * values(name + ".weight")[i] +
             values(name + ".bias")[i];
    }
    return y;
  }

  // What is stored of Gemma's weights is by how much they exceed 1.
  [[nodiscard]] Row rms_norm(const std::string& name, const Row& x) const {
    const double offset = field<std::string>("model_type", "") == "gemma3_text" ? 1 : 0;
    double squares = 0;
    for (const double value : x) squares += value * value / static_cast<double>(x.size());
    Row y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = x[i] / std::sqrt(squares + 1e-5) * (values(name + ".weight")[i] + offset);
    }
    return y;
  }

  [[nodiscard]] Row row_of(const std::string& name, std::size_t row, std::size_t width) const {
    const auto begin = values(name).begin() + static_cast<std::ptrdiff_t>(row * width);
    return {begin, begin + static_cast<std::ptrdiff_t>(width)};
  }

 private:
  const TinyModel& model_;
};

void add(Row& x, const Row& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

Row part(const Row& x, std::size_t begin, std::size_t size) {
  const auto from = x.begin() + static_cast<std::ptrdiff_t>(begin);
  return {from, from + static_cast<std::ptrdiff_t>(size)};
}

// What the last query sees, for each head in order. A window is as many positions, 0: all.
Row attend(const Rows& queries, const Rows& keys, const Rows& values, std::size_t heads,
           std::size_t kv_heads, double scale, std::size_t window) {
  const std::size_t size = queries[0].size() / heads;
  const std::size_t first = window == 0 || window >= keys.size() ? 0 : keys.size() - window;
  Row out;
  for (std::size_t head = 0; head < heads; ++head) {
    const std::size_t shared = head / (heads / kv_heads) * size;
    Row weights(first);
    double total = 0;
    for (std::size_t t = first; t < keys.size(); ++t) {
      double score = 0;
      for (std::size_t d = 0; d < size; ++d) {
        score += queries.back()[head * size + d] * keys[t][shared + d];
      }
      weights.push_back(std::exp(score * scale));
      total += weights.back();
    }
    for (std::size_t d = 0; d < size; ++d) {
      double sum = 0;
      for (std::size_t t = first; t < values.size(); ++t) sum += weights[t] * values[t][shared + d];
      out.push_back(sum / total);
    }
  }
  return out;
}

struct PlainAttention {
  std::size_t heads;
  std::size_t kv_heads;
  std::size_t head_dim;
  std::function<void(std::size_t position, Row& heads)> rotate = [](std::size_t, Row&) {};
  double scale = 0;  // 0: 1 / sqrt(head_dim)
  std::size_t window = 0;
};

// attend() for every position.
Rows attend_all(const Rows& projected, const PlainAttention& how) {
  const double usual = 1 / std::sqrt(static_cast<double>(how.head_dim));
  Rows queries;
  Rows keys;
  Rows values;
  Rows out;
  for (std::size_t t = 0; t < projected.size(); ++t) {
    const std::size_t size = how.kv_heads * how.head_dim;
    queries.push_back(part(projected[t], 0, how.heads * how.head_dim));
    keys.push_back(part(projected[t], how.heads * how.head_dim, size));
    values.push_back(part(projected[t], how.heads * how.head_dim + size, size));
    how.rotate(t, queries.back());
    how.rotate(t, keys.back());
    out.push_back(attend(queries, keys, values, how.heads, how.kv_heads,
                         how.scale == 0 ? usual : how.scale, how.window));
  }
  return out;
}

Row log2_softmax(const Row& logits) {
  double total = 0;
  for (const double logit : logits) total += std::exp(logit);
  Row log2_probs;
  for (const double logit : logits) log2_probs.push_back((logit - std::log(total)) / std::log(2));
  return log2_probs;
}

double activation(const std::string& name, double x) {
  if (name == "silu") return x / (1 + std::exp(-x));
  if (name == "relu") return x > 0 ? x : 0;
  if (name == "gelu") return x / 2 * (1 + std::erf(x / std::numbers::sqrt2));
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

// ---- rotary positions, as transformers computes them ----

// Radians per position of each pair of `dim` dimensions, and what cosines and sines are multiplied
// by.
struct Rotation {
  Row frequencies;
  double magnitude = 1;
};

void scale_as_llama3(const nlohmann::json& rope, Row& frequencies) {
  const double original = rope["original_max_position_embeddings"].get<double>();
  const double low = rope["low_freq_factor"].get<double>();
  const double high = rope["high_freq_factor"].get<double>();
  const double factor = rope["factor"].get<double>();
  for (double& frequency : frequencies) {
    const double wavelength = 2 * std::numbers::pi / frequency;
    if (wavelength > original / low) {
      frequency /= factor;
    } else if (wavelength >= original / high) {
      const double smooth = (original / wavelength - low) / (high - low);
      frequency = (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }
}

void scale_as_yarn(const nlohmann::json& rope, double theta, Rotation& rotation) {
  const double original = rope["original_max_position_embeddings"].get<double>();
  const double factor = rope["factor"].get<double>();
  const auto dim = static_cast<double>(2 * rotation.frequencies.size());
  const auto place = [&](double rotations) {
    return dim * std::log(original / (rotations * 2 * std::numbers::pi)) / (2 * std::log(theta));
  };
  const double low = std::max(std::floor(place(32)), 0.0);
  const double high = std::min(std::ceil(place(1)), dim - 1);
  for (std::size_t i = 0; i < rotation.frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    rotation.frequencies[i] *= ramp / factor + (1 - ramp);
  }
  rotation.magnitude = 0.1 * std::log(factor) + 1;
}

Rotation rotation_of(const Plain& model, const nlohmann::json& rope, double theta,
                     std::size_t dim) {
  Rotation rotation;
  theta = rope.value("rope_theta", theta);
  for (std::size_t i = 0; i < dim / 2; ++i) {
    rotation.frequencies.push_back(
        1 / std::pow(theta, 2 * static_cast<double>(i) / static_cast<double>(dim)));
  }
  const std::string type = rope.value("rope_type", rope.value("type", "default"));
  if (type == "linear") {
    for (double& frequency : rotation.frequencies) frequency /= rope["factor"].get<double>();
  }
  if (type == "llama3") scale_as_llama3(rope, rotation.frequencies);
  if (type == "yarn") scale_as_yarn(rope, theta, rotation);
  if (type == "longrope") {
    const auto original = model.config()["original_max_position_embeddings"].get<double>();
    const double factor = model.config()["max_position_embeddings"].get<double>() / original;
    for (std::size_t i = 0; i < rotation.frequencies.size(); ++i) {
      rotation.frequencies[i] /= rope["short_factor"][i].get<double>();
    }
    rotation.magnitude = std::sqrt(1 + std::log(factor) / std::log(original));
  }
  return rotation;
}

// Turns the first dimensions of each head.
void rotate(const Rotation& rotation, std::size_t position, std::size_t head_dim, Row& heads) {
  const std::size_t half = rotation.frequencies.size();
  for (std::size_t head = 0; head < heads.size(); head += head_dim) {
    for (std::size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(position) * rotation.frequencies[i];
      const double cosine = std::cos(angle) * rotation.magnitude;
      const double sine = std::sin(angle) * rotation.magnitude;
      const double a = heads[head + i];
      const double b = heads[head + i + half];
      heads[head + i] = a * cosine - b * sine;
      heads[head + i + half] = b * cosine + a * sine;
    }
  }
}

// ---- the family of Llama ----

class PlainLlama {
 public:
  PlainLlama(const Plain& model, std::span<const Symbol> tokens)
      : model_(model), type_(model.field<std::string>("model_type", "")) {
    const std::size_t width = model.size("hidden_size");
    heads_ = model.size("num_attention_heads");
    kv_heads_ = model.field("num_key_value_heads", heads_);
    head_dim_ = model.field("head_dim", width / heads_);
    activation_ = model.field<std::string>("hidden_act", "silu");
    if (type_ == "gemma3_text") activation_ = "gelu_pytorch_tanh";
    const bool has_embedding = model.has("model.embed_tokens.weight");
    embedding_ = has_embedding ? "model.embed_tokens.weight" : "lm_head.weight";
    for (const Symbol token : tokens) {
      x_.push_back(model.row_of(embedding_, token, width));
      if (type_ != "gemma3_text") continue;
      for (double& value : x_.back()) value *= std::sqrt(static_cast<double>(width));
    }
  }

  Row logits() {
    for (std::size_t i = 0; i < model_.size("num_hidden_layers"); ++i) run_layer(i);
    const bool has_head = model_.has("lm_head.weight");
    return model_.linear(has_head ? "lm_head.weight" : embedding_, "",
                         model_.rms_norm("model.norm", x_.back()));
  }

 private:
  [[nodiscard]] bool is_local(std::size_t layer) const {
    return type_ == "gemma3_text" && (layer + 1) % model_.size("sliding_window_pattern") != 0;
  }

  [[nodiscard]] std::size_t window(std::size_t layer) const {
    if (type_ == "gemma3_text" && !is_local(layer)) return 0;
    return model_.field<std::size_t>("sliding_window", 0);
  }

  [[nodiscard]] Rotation rotation(std::size_t layer) const {
    if (type_ == "smollm3" && (layer + 1) % 4 == 0) return {};
    double theta = model_.field("rope_theta", type_ == "gemma3_text" ? 1e6 : 1e4);
    nlohmann::json rope = nlohmann::json::object();
    for (const char* name : {"rope_scaling", "rope_parameters"}) {
      const auto found = model_.config().find(name);
      if (found != model_.config().end() && found->is_object()) rope = *found;
    }
    if (rope.contains("full_attention")) {
      rope = rope[is_local(layer) ? "sliding_attention" : "full_attention"];
    } else if (is_local(layer)) {
      rope = nlohmann::json::object();
      theta = model_.field("rope_local_base_freq", 1e4);
    }
    const double share = model_.field("partial_rotary_factor", 1.0);
    return rotation_of(model_, rope, theta,
                       static_cast<std::size_t>(static_cast<double>(head_dim_) * share));
  }

  // A norm that not all members have.
  [[nodiscard]] Row normed(const std::string& name, const Row& x) const {
    return model_.has(name + ".weight") ? model_.rms_norm(name, x) : x;
  }
  [[nodiscard]] Row linear(const std::string& name, const Row& x) const {
    const std::string bias = name + ".bias";
    return model_.linear(name + ".weight", model_.has(bias) ? bias : "", x);
  }

  // By heads of the norm's size.
  [[nodiscard]] Row normed_heads(const std::string& name, const Row& x) const {
    if (!model_.has(name + ".weight")) return x;
    Row all;
    const std::size_t size = model_.values(name + ".weight").size();
    for (std::size_t at = 0; at < x.size(); at += size) {
      const Row head = model_.rms_norm(name, part(x, at, size));
      all.insert(all.end(), head.begin(), head.end());
    }
    return all;
  }

  [[nodiscard]] Row project(const std::string& prefix, const Row& x) const {
    if (model_.has(prefix + "qkv_proj.weight")) return linear(prefix + "qkv_proj", x);
    Row all = normed_heads(prefix + "q_norm", linear(prefix + "q_proj", x));
    for (const Row& more : {normed_heads(prefix + "k_norm", linear(prefix + "k_proj", x)),
                            linear(prefix + "v_proj", x)}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  [[nodiscard]] Row feed_forward(const std::string& prefix, const Row& x) const {
    Row gate;
    Row up;
    if (model_.has(prefix + "gate_up_proj.weight")) {
      const Row both = linear(prefix + "gate_up_proj", x);
      gate = part(both, 0, both.size() / 2);
      up = part(both, both.size() / 2, both.size() / 2);
    } else {
      gate = linear(prefix + "gate_proj", x);
      up = linear(prefix + "up_proj", x);
    }
    for (std::size_t j = 0; j < gate.size(); ++j)
      gate[j] = activation(activation_, gate[j]) * up[j];
    return linear(prefix + "down_proj", gate);
  }

  void run_layer(std::size_t layer) {
    const std::string prefix = fmt::format("model.layers.{}.", layer);
    const bool after = type_ == "olmo2";  // its norms stand after the parts
    const bool around = type_ == "gemma3_text";
    const std::string attention_out_norm = prefix + "post_attention_layernorm";
    const std::string mlp_norm =
        prefix + (around ? "pre_feedforward_layernorm" : "post_attention_layernorm");
    Rows projected;
    for (const Row& row : x_) {
      projected.push_back(
          project(prefix + "self_attn.", after ? row : normed(prefix + "input_layernorm", row)));
    }
    const Rotation by = rotation(layer);
    const double scalar = model_.field("query_pre_attn_scalar", static_cast<double>(head_dim_));
    const Rows mixed = attend_all(
        projected, {.heads = heads_,
                    .kv_heads = kv_heads_,
                    .head_dim = head_dim_,
                    .rotate = [&](std::size_t t, Row& row) { rotate(by, t, head_dim_, row); },
                    .scale = 1 / std::sqrt(scalar),
                    .window = window(layer)});
    for (std::size_t t = 0; t < x_.size(); ++t) {
      Row out = linear(prefix + "self_attn.o_proj", mixed[t]);
      if (after || around) out = normed(attention_out_norm, out);
      add(x_[t], out);
      out = feed_forward(prefix + "mlp.", after ? x_[t] : normed(mlp_norm, x_[t]));
      if (after || around) out = normed(prefix + "post_feedforward_layernorm", out);
      add(x_[t], out);
    }
  }

  const Plain& model_;
  std::string type_;
  std::size_t heads_ = 0;
  std::size_t kv_heads_ = 0;
  std::size_t head_dim_ = 0;
  std::string activation_;
  std::string embedding_;
  Rows x_;
};

// ---- the others ----

Row gptneox(const Plain& model, std::span<const Symbol> tokens) {
  const std::size_t width = model.size("hidden_size");
  const std::size_t heads = model.size("num_attention_heads");
  const std::size_t size = width / heads;
  const auto linear = [&](const std::string& name, const Row& row) {
    return model.linear(name + ".weight", name + ".bias", row);
  };
  const Rotation by = rotation_of(model, nlohmann::json::object(), 1e4, size / 4);
  Rows x;
  for (const Symbol token : tokens)
    x.push_back(model.row_of("gpt_neox.embed_in.weight", token, width));
  for (std::size_t i = 0; i < model.size("num_hidden_layers"); ++i) {
    const std::string prefix = fmt::format("gpt_neox.layers.{}.", i);
    Rows projected;
    for (const Row& row : x) {
      const Row by_head = linear(prefix + "attention.query_key_value",
                                 model.layer_norm(prefix + "input_layernorm", row));
      Row all(by_head.size());
      for (std::size_t at = 0; at < all.size(); ++at) {
        const std::size_t head = at / (3 * size);
        const std::size_t kind = at / size % 3;
        all[(kind * heads + head) * size + at % size] = by_head[at];
      }
      projected.push_back(all);
    }
    const Rows mixed = attend_all(
        projected, {.heads = heads,
                    .kv_heads = heads,
                    .head_dim = size,
                    .rotate = [&](std::size_t t, Row& row) { rotate(by, t, size, row); }});
    for (std::size_t t = 0; t < x.size(); ++t) {
      Row hidden = linear(prefix + "mlp.dense_h_to_4h",
                          model.layer_norm(prefix + "post_attention_layernorm", x[t]));
      for (double& h : hidden) h = activation("gelu", h);
      add(x[t], linear(prefix + "attention.dense", mixed[t]));
      add(x[t], linear(prefix + "mlp.dense_4h_to_h", hidden));
    }
  }
  return model.linear("embed_out.weight", "",
                      model.layer_norm("gpt_neox.final_layer_norm", x.back()));
}

Row gpt2(const Plain& model, std::span<const Symbol> tokens) {
  const std::size_t width = model.size("n_embd");
  const std::size_t heads = model.size("n_head");
  const auto linear = [&](const std::string& name, const Row& row) {
    return model.linear(name + ".weight", name + ".bias", row, true);
  };
  Rows x;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    x.push_back(model.row_of("wte.weight", tokens[t], width));
    add(x.back(), model.row_of("wpe.weight", t, width));
  }
  for (std::size_t i = 0; i < model.size("n_layer"); ++i) {
    const std::string prefix = fmt::format("h.{}.", i);
    Rows projected;
    for (const Row& row : x) {
      projected.push_back(linear(prefix + "attn.c_attn", model.layer_norm(prefix + "ln_1", row)));
    }
    const Rows mixed =
        attend_all(projected, {.heads = heads, .kv_heads = heads, .head_dim = width / heads});
    for (std::size_t t = 0; t < x.size(); ++t) {
      add(x[t], linear(prefix + "attn.c_proj", mixed[t]));
      Row hidden = linear(prefix + "mlp.c_fc", model.layer_norm(prefix + "ln_2", x[t]));
      for (double& h : hidden) h = activation("gelu_new", h);
      add(x[t], linear(prefix + "mlp.c_proj", hidden));
    }
  }
  return model.linear("wte.weight", "", model.layer_norm("ln_f", x.back()));
}

// ---- RWKV-7, as a recurrence from token to token ----

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

class PlainRwkv7 {
 public:
  explicit PlainRwkv7(const Plain& model)
      : model_(model),
        width_(model.size("hidden_size")),
        size_(model.size("head_dim")),
        layers_(model.size("num_hidden_layers")) {}

  Row logits(std::span<const Symbol> tokens) {
    Row x;
    for (const Symbol token : tokens) {
      x = model_.layer_norm("model.layers.0.pre_norm",
                            model_.row_of("model.embeddings.weight", token, width_));
      Row first_values;
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        const std::string prefix = fmt::format("model.layers.{}.", i);
        add(x,
            mix_time(prefix, layers_[i], model_.layer_norm(prefix + "attn_norm", x), first_values));
        add(x,
            mix_channels(prefix + "ffn.", layers_[i], model_.layer_norm(prefix + "ffn_norm", x)));
      }
    }
    return model_.linear("lm_head.weight", "", model_.layer_norm("model.norm", x));
  }

 private:
  struct Layer {
    Row time_input;
    Row channel_input;
    std::vector<Rows> heads;  // [head][value][key]
  };

  // As much of the last input as the tensor says.
  [[nodiscard]] Row shifted(const std::string& share, const Row& x, const Row& last) const {
    Row y = x;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double before = last.empty() ? 0 : last[i];
      y[i] += (before - x[i]) * model_.values(share)[i];
    }
    return y;
  }

  template <typename Function>
  [[nodiscard]] Row low_rank(const std::string& name, const Row& x, const Function& between) const {
    Row middle = model_.linear(name + "_lora.lora.0.weight", "", x);
    for (double& value : middle) value = between(value);
    const std::string bias = name + "_lora.lora.2.bias";
    return model_.linear(name + "_lora.lora.2.weight", model_.has(bias) ? bias : "", middle);
  }

  Row mix_time(const std::string& prefix, Layer& layer, const Row& x, Row& first_values) const {
    const std::string p = prefix + "attn.";
    const auto same = [](double value) { return value; };
    const auto input = [&](const char* letter) {
      return shifted(p + "x_" + letter, x, layer.time_input);
    };
    const Row r = model_.linear(p + "r_proj.weight", "", input("r"));
    const Row w = low_rank(p + "w", input("w"), [](double value) { return std::tanh(value); });
    Row k = model_.linear(p + "k_proj.weight", "", input("k"));
    Row v = model_.linear(p + "v_proj.weight", "", input("v"));
    if (first_values.empty()) {
      first_values = v;
    } else {
      const Row share = low_rank(p + "v", input("v"), same);
      for (std::size_t i = 0; i < width_; ++i) v[i] += (first_values[i] - v[i]) * sigmoid(share[i]);
    }
    Row a = low_rank(p + "a", input("a"), same);
    const Row g = low_rank(p + "g", input("g"), sigmoid);
    Row direction(width_);
    for (std::size_t i = 0; i < width_; ++i) {
      a[i] = sigmoid(a[i]);
      direction[i] = k[i] * model_.values(p + "k_k")[i];
      k[i] *= 1 + (a[i] - 1) * model_.values(p + "k_a")[i];
    }
    layer.time_input = x;
    layer.heads.resize(width_ / size_, Rows(size_, Row(size_)));
    Row out(width_);
    for (std::size_t head = 0; head < layer.heads.size(); ++head) {
      const std::size_t at = head * size_;
      step(layer.heads[head], part(r, at, size_), part(w, at, size_), part(k, at, size_),
           part(v, at, size_), part(direction, at, size_), part(a, at, size_), &out[at]);
      norm_head(p, at, out);
      double bonus = 0;
      for (std::size_t i = at; i < at + size_; ++i)
        bonus += r[i] * k[i] * model_.values(p + "r_k")[i];
      for (std::size_t i = at; i < at + size_; ++i) out[i] = (out[i] + bonus * v[i]) * g[i];
    }
    return model_.linear(p + "o_proj.weight", "", out);
  }

  // S = S diag(exp(-e^(-1/2) sigmoid(w))) - S d (d a)^T + v k^T with d of length 1; out = S r.
  static void step(Rows& state, const Row& r, const Row& w, const Row& k, const Row& v,
                   const Row& direction, const Row& a, double* out) {
    double squares = 0;
    for (const double value : direction) squares += value * value;
    const double length = std::max(std::sqrt(squares), 1e-12);
    for (std::size_t i = 0; i < state.size(); ++i) {
      double found = 0;
      for (std::size_t j = 0; j < r.size(); ++j) found += state[i][j] * direction[j] / length;
      out[i] = 0;
      for (std::size_t j = 0; j < r.size(); ++j) {
        state[i][j] = state[i][j] * std::exp(-std::exp(-0.5) * sigmoid(w[j])) -
                      found * direction[j] / length * a[j] + v[i] * k[j];
        out[i] += state[i][j] * r[j];
      }
    }
  }

  void norm_head(const std::string& p, std::size_t at, Row& x) const {
    const auto count = static_cast<double>(size_);
    double mean = 0;
    double variance = 0;
    for (std::size_t i = at; i < at + size_; ++i) mean += x[i] / count;
    for (std::size_t i = at; i < at + size_; ++i) variance += (x[i] - mean) * (x[i] - mean) / count;
    for (std::size_t i = at; i < at + size_; ++i) {
      x[i] = (x[i] - mean) / std::sqrt(variance + 1e-5 * count) *
                 model_.values(p + "g_norm.weight")[i] +
             model_.values(p + "g_norm.bias")[i];
    }
  }

  Row mix_channels(const std::string& p, Layer& layer, const Row& x) const {
    Row hidden = model_.linear(p + "key.weight", "", shifted(p + "x_k", x, layer.channel_input));
    layer.channel_input = x;
    for (double& value : hidden) value = value > 0 ? value * value : 0;
    return model_.linear(p + "value.weight", "", hidden);
  }

  const Plain& model_;
  std::size_t width_;
  std::size_t size_;
  std::vector<Layer> layers_;
};

Row paper(const Plain& model, std::span<const Symbol> tokens) {
  const std::size_t width = model.size("hidden_size");
  const std::size_t heads = model.size("num_attention_heads");
  const auto linear = [&](const std::string& name, const Row& row) {
    return model.linear(name + ".weight", name + ".bias", row);
  };
  Rows x;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    x.push_back(model.row_of("embedding.weight", tokens[t], width));
    for (std::size_t i = 0; i < width; ++i) {
      const double angle = static_cast<double>(t) / std::pow(10000, static_cast<double>(i - i % 2) /
                                                                        static_cast<double>(width));
      x[t][i] = x[t][i] * std::sqrt(static_cast<double>(width)) +
                (i % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  for (std::size_t i = 0; i < model.size("num_hidden_layers"); ++i) {
    const std::string prefix = fmt::format("layers.{}.", i);
    Rows projected;
    for (const Row& row : x) {
      projected.push_back(model.linear(prefix + "self_attn.in_proj_weight",
                                       prefix + "self_attn.in_proj_bias", row));
    }
    const Rows mixed =
        attend_all(projected, {.heads = heads, .kv_heads = heads, .head_dim = width / heads});
    for (std::size_t t = 0; t < x.size(); ++t) {
      add(x[t], linear(prefix + "self_attn.out_proj", mixed[t]));
      x[t] = model.layer_norm(prefix + "layer_norm1", x[t]);
      Row hidden = linear(prefix + "feed_forward.0", x[t]);
      for (double& h : hidden) h = activation("gelu", h);
      add(x[t], linear(prefix + "feed_forward.2", hidden));
      x[t] = model.layer_norm(prefix + "layer_norm2", x[t]);
    }
  }
  return linear("output_layer", model.layer_norm("norm", x.back()));
}

}  // namespace

std::vector<double> plain_log2_probs(const TinyModel& tiny, std::span<const Symbol> tokens) {
  const Plain model(tiny);
  const std::string type = tiny.config["model_type"].get<std::string>();
  if (type == "gpt2") return log2_softmax(gpt2(model, tokens));
  if (type == "zipdream-transformer") return log2_softmax(paper(model, tokens));
  if (type == "rwkv7") return log2_softmax(PlainRwkv7(model).logits(tokens));
  if (type == "gpt_neox") return log2_softmax(gptneox(model, tokens));
  return log2_softmax(PlainLlama(model, tokens).logits());
}

}  // namespace zipdream
