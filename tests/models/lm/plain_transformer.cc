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

  [[nodiscard]] Row rms_norm(const std::string& name, const Row& x) const {
    double squares = 0;
    for (const double value : x) squares += value * value / static_cast<double>(x.size());
    Row y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = x[i] / std::sqrt(squares + 1e-5) * values(name + ".weight")[i];
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

// What the last query sees, for each head in order.
Row attend(const Rows& queries, const Rows& keys, const Rows& values, std::size_t heads,
           std::size_t kv_heads) {
  const std::size_t size = queries[0].size() / heads;
  Row out;
  for (std::size_t head = 0; head < heads; ++head) {
    const std::size_t shared = head / (heads / kv_heads) * size;
    Row weights;
    double total = 0;
    for (const Row& key : keys) {
      double score = 0;
      for (std::size_t d = 0; d < size; ++d) {
        score += queries.back()[head * size + d] * key[shared + d];
      }
      weights.push_back(std::exp(score / std::sqrt(static_cast<double>(size))));
      total += weights.back();
    }
    for (std::size_t d = 0; d < size; ++d) {
      double sum = 0;
      for (std::size_t t = 0; t < values.size(); ++t) sum += weights[t] * values[t][shared + d];
      out.push_back(sum / total);
    }
  }
  return out;
}

// attend() for every position.
Rows attend_all(const Rows& projected, std::size_t heads, std::size_t kv_heads,
                std::size_t head_dim, const std::function<void(std::size_t, Row&)>& rotate) {
  Rows queries;
  Rows keys;
  Rows values;
  Rows out;
  for (std::size_t t = 0; t < projected.size(); ++t) {
    queries.push_back(part(projected[t], 0, heads * head_dim));
    keys.push_back(part(projected[t], heads * head_dim, kv_heads * head_dim));
    values.push_back(part(projected[t], (heads + kv_heads) * head_dim, kv_heads * head_dim));
    rotate(t, queries.back());
    rotate(t, keys.back());
    out.push_back(attend(queries, keys, values, heads, kv_heads));
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

Row llama(const Plain& model, std::span<const Symbol> tokens, bool tied) {
  const std::size_t width = model.size("hidden_size");
  const std::size_t heads = model.size("num_attention_heads");
  const std::size_t size = width / heads;
  const auto rotate = [&](std::size_t position, Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i % size >= size / 2) continue;
      const double angle =
          static_cast<double>(position) /
          std::pow(10000, 2 * static_cast<double>(i % size) / static_cast<double>(size));
      const double a = row[i];
      const double b = row[i + size / 2];
      row[i] = a * std::cos(angle) - b * std::sin(angle);
      row[i + size / 2] = b * std::cos(angle) + a * std::sin(angle);
    }
  };
  Rows x;
  for (const Symbol token : tokens) {
    x.push_back(model.row_of(tied ? "lm_head.weight" : "model.embed_tokens.weight", token, width));
  }
  for (std::size_t i = 0; i < model.size("num_hidden_layers"); ++i) {
    const std::string prefix = fmt::format("model.layers.{}.", i);
    Rows projected;
    for (const Row& row : x) {
      const Row normed = model.rms_norm(prefix + "input_layernorm", row);
      Row all;
      for (const char* name : {"q_proj", "k_proj", "v_proj"}) {
        const Row one = model.linear(prefix + "self_attn." + name + ".weight", "", normed);
        all.insert(all.end(), one.begin(), one.end());
      }
      projected.push_back(all);
    }
    const Rows mixed =
        attend_all(projected, heads, model.size("num_key_value_heads"), size, rotate);
    for (std::size_t t = 0; t < x.size(); ++t) {
      add(x[t], model.linear(prefix + "self_attn.o_proj.weight", "", mixed[t]));
      const Row normed = model.rms_norm(prefix + "post_attention_layernorm", x[t]);
      Row hidden = model.linear(prefix + "mlp.gate_proj.weight", "", normed);
      const Row up = model.linear(prefix + "mlp.up_proj.weight", "", normed);
      for (std::size_t j = 0; j < hidden.size(); ++j) {
        hidden[j] = hidden[j] / (1 + std::exp(-hidden[j])) * up[j];
      }
      add(x[t], model.linear(prefix + "mlp.down_proj.weight", "", hidden));
    }
  }
  return model.linear("lm_head.weight", "", model.rms_norm("model.norm", x.back()));
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
    const Rows mixed = attend_all(projected, heads, heads, width / heads, [](std::size_t, Row&) {});
    for (std::size_t t = 0; t < x.size(); ++t) {
      add(x[t], linear(prefix + "attn.c_proj", mixed[t]));
      Row hidden = linear(prefix + "mlp.c_fc", model.layer_norm(prefix + "ln_2", x[t]));
      for (double& h : hidden) {
        h = h / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (h + 0.044715 * h * h * h)));
      }
      add(x[t], linear(prefix + "mlp.c_proj", hidden));
    }
  }
  return model.linear("wte.weight", "", model.layer_norm("ln_f", x.back()));
}

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
    const Rows mixed = attend_all(projected, heads, heads, width / heads, [](std::size_t, Row&) {});
    for (std::size_t t = 0; t < x.size(); ++t) {
      add(x[t], linear(prefix + "self_attn.out_proj", mixed[t]));
      x[t] = model.layer_norm(prefix + "layer_norm1", x[t]);
      Row hidden = linear(prefix + "feed_forward.0", x[t]);
      for (double& h : hidden) h = h / 2 * (1 + std::erf(h / std::numbers::sqrt2));
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
  return log2_softmax(llama(model, tokens, tiny.config["tie_word_embeddings"].get<bool>()));
}

}  // namespace zipdream
