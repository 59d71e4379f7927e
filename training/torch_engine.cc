// SPDX-License-Identifier: Apache-2.0
// zipdream_torch.so: language models by libtorch's operations, without gradients, on any device.
// models/lm/forward_pass.h has the same from position to position, and says what the parts are.
#include "models/lm/torch_engine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {

// Room for keys and values, [layer][2][texts][kv_heads][room][head_dim]. What lies below `filled`
// never changes; who reads on from there first writes behind it, others make a copy.
class TorchTexts {
 public:
  TorchTexts(at::Tensor data, std::size_t filled) : data_(std::move(data)), filled_(filled) {}

  [[nodiscard]] const at::Tensor& data() const { return data_; }

  // Whether the `count` positions from `length` on are the caller's to write.
  [[nodiscard]] bool take(std::size_t length, std::size_t count) {
    const std::scoped_lock lock(mutex_);
    if (filled_ != length) return false;
    if (length + count > static_cast<std::size_t>(data_.size(4))) return false;
    filled_ += count;
    return true;
  }

 private:
  at::Tensor data_;
  std::size_t filled_;
  std::mutex mutex_;
};

namespace {

std::int64_t signed_size(std::size_t size) { return static_cast<std::int64_t>(size); }

// What body() gives, on so many threads; what libtorch throws, out of memory most of the time, is
// an Error of one line.
template <typename Body>
auto translated(const std::string& device, std::size_t threads, const Body& body) {
  const c10::InferenceMode no_gradients;
  // It is a setting of the thread that calls.
  const auto wanted = static_cast<int>(threads);
  if (at::get_num_threads() != wanted) at::set_num_threads(wanted);
  try {
    return body();
  } catch (const c10::Error& error) {
    const std::string all = error.what_without_backtrace();
    throw Error(fmt::format("torch={}: {}; take a smaller model, fewer --samples, or torch=cpu",
                            device, all.substr(0, all.find('\n'))));
  }
}

at::Device device_of(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (!at::hasCUDA()) {
    throw Error("torch=" + name +
                ": there is no GPU here, or this libtorch was built without CUDA; take torch=cpu, "
                "or build zipdream against a libtorch with CUDA on a machine with an NVIDIA GPU");
  }
  const at::Device device(name);
  static_cast<void>(at::zeros({1}, at::TensorOptions().device(device)));
  return device;
}

class Engine final : public TorchEngine {
 public:
  explicit Engine(const TorchModel& model)
      : config_(model.config),
        device_(device_of(model.device)),
        type_(model.bf16 ? at::kBFloat16 : at::kFloat),
        threads_(model.threads) {
    const std::int64_t hidden_size = signed_size(config_.hidden_size);
    for (const auto& [key, values] : model.weights) {
      at::Tensor tensor = on_device(values);
      if (is_matrix(key)) tensor = tensor.view({-1, inputs_of(key)});
      weights_.emplace(key, tensor.to(type_));
    }
    const std::int64_t columns = is_rotary() ? signed_size(config_.head_dim) : hidden_size;
    positions_ = on_device(model.positions).view({-1, columns}).to(type_);
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("libtorch {}.{}.{} on {} in {}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                       TORCH_VERSION_PATCH, device_.str(), type_ == at::kFloat ? "f32" : "bf16");
  }

  void read(std::span<const std::int64_t> tokens, std::span<TorchPlace* const> places,
            std::size_t count, float* logits) const override {
    translated(device_.str(), threads_, [&] {
      const std::size_t length = places[0]->length;
      const std::size_t added = tokens.size() / places.size();
      const std::shared_ptr<TorchTexts> texts = texts_of(places, length, added);
      copy_out(forward(tokens, places.size(), length, count, texts->data()), logits);
      for (std::size_t i = 0; i < places.size(); ++i) *places[i] = {texts, i, length + added};
    });
  }

  void read_once(std::span<const std::int64_t> tokens, std::size_t texts, std::size_t count,
                 float* logits) const override {
    translated(device_.str(), threads_,
               [&] { copy_out(forward(tokens, texts, 0, count, at::Tensor()), logits); });
  }

  void surprisals(std::span<const std::int64_t> tokens, std::span<const std::int64_t> targets,
                  std::size_t texts, std::span<const std::int64_t> among,
                  double* bits) const override {
    translated(device_.str(), threads_, [&] {
      const at::Tensor asked = on_device(targets).view({signed_size(texts), -1});
      at::Tensor logits = forward(tokens, texts, 0, tokens.size() / texts, at::Tensor());
      if (!among.empty() && among.size() < config_.vocab_size) {
        logits = logits.index_select(-1, on_device(among));
      }
      const at::Tensor nats = at::log_softmax(logits, -1)
                                  .gather(-1, asked.clamp_min(0).unsqueeze(-1))
                                  .squeeze(-1)
                                  .masked_fill(asked < 0, 0);
      const at::Tensor all = (nats.to(at::kDouble) * (-1 / std::log(2.0))).cpu().contiguous();
      std::copy_n(all.data_ptr<double>(), all.numel(), bits);
    });
  }

 private:
  [[nodiscard]] bool is_rotary() const { return config_.positions == LmConfig::Positions::kRotary; }

  static bool is_matrix(const std::string& key) {
    return !key.ends_with(".bias") && key.find("norm") == std::string::npos;
  }

  [[nodiscard]] std::int64_t inputs_of(const std::string& key) const {
    if (key.ends_with(".out")) return signed_size(config_.num_heads * config_.head_dim);
    return signed_size(key.ends_with(".down") ? config_.intermediate_size : config_.hidden_size);
  }

  template <typename T>
  [[nodiscard]] at::Tensor on_device(const T& values) const {
    using Value = std::remove_cv_t<typename T::value_type>;
    const auto type = std::is_same_v<Value, float> ? at::kFloat : at::kLong;
    at::Tensor made = at::empty({signed_size(values.size())}, type);
    std::copy(values.begin(), values.end(), made.template data_ptr<Value>());
    return made.to(device_);
  }

  static void copy_out(const at::Tensor& from, float* to) {
    const at::Tensor all = from.cpu().contiguous();
    std::copy_n(all.data_ptr<float>(), all.numel(), to);
  }

  // Room for `added` positions after `length` in the rows of these places: where they are, if they
  // are rows 0, 1, 2, ... of the same texts and nobody went on there, else in a copy.
  [[nodiscard]] std::shared_ptr<TorchTexts> texts_of(std::span<TorchPlace* const> places,
                                                     std::size_t length, std::size_t added) const {
    const std::shared_ptr<TorchTexts>& first = places[0]->texts;
    bool is_there = first != nullptr && first->data().size(2) == signed_size(places.size());
    for (std::size_t i = 0; i < places.size() && is_there; ++i) {
      is_there = places[i]->texts == first && places[i]->row == i;
    }
    if (is_there && first->take(length, added)) return first;
    const std::size_t needed = length + added;
    // Twice as many as are needed: the next ones are copied seldom.
    const std::size_t room =
        std::min(config_.context_length, std::max<std::size_t>(2 * needed, 64));
    at::Tensor data = at::zeros(
        {signed_size(config_.num_layers), 2, signed_size(places.size()),
         signed_size(config_.num_kv_heads), signed_size(room), signed_size(config_.head_dim)},
        at::TensorOptions().dtype(type_).device(device_));
    for (std::size_t i = 0; i < places.size() && length > 0; ++i) {
      data.select(2, signed_size(i))
          .narrow(3, 0, signed_size(length))
          .copy_(places[i]
                     ->texts->data()
                     .select(2, signed_size(places[i]->row))
                     .narrow(3, 0, signed_size(length)));
    }
    return std::make_shared<TorchTexts>(std::move(data), needed);
  }

  [[nodiscard]] const at::Tensor& weight(const std::string& key) const { return weights_.at(key); }
  [[nodiscard]] c10::optional<at::Tensor> bias(const std::string& key) const {
    const auto found = weights_.find(key + ".bias");
    if (found == weights_.end()) return c10::nullopt;
    return found->second;
  }

  [[nodiscard]] at::Tensor linear(const at::Tensor& x, const std::string& key) const {
    return at::linear(x, weight(key), bias(key));
  }

  [[nodiscard]] at::Tensor norm(const at::Tensor& x, const std::string& key) const {
    const double epsilon = config_.norm_epsilon;
    if (config_.norm == LmConfig::Norm::kLayer) {
      return at::layer_norm(x, {x.size(-1)}, weight(key), bias(key), epsilon);
    }
    const at::Tensor wide = x.to(at::kFloat);
    const at::Tensor scale = at::rsqrt(wide.square().mean({-1}, true) + epsilon);
    return (wide * scale * weight(key).to(at::kFloat)).to(type_);
  }

  // x: [texts][heads][tokens][head_dim], which stand from position `first` on.
  [[nodiscard]] at::Tensor rotated(const at::Tensor& x, std::int64_t first) const {
    const at::Tensor cos_sin =
        positions_.narrow(0, first, x.size(2)).view({x.size(2), x.size(3) / 2, 2});
    const at::Tensor cos = cos_sin.select(-1, 0);
    const at::Tensor sin = cos_sin.select(-1, 1);
    const at::Tensor a = x.narrow(-1, 0, x.size(3) / 2);
    const at::Tensor b = x.narrow(-1, x.size(3) / 2, x.size(3) / 2);
    return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
  }

  // Queries [texts][heads][tokens][head_dim] against keys and values of all positions so far.
  [[nodiscard]] at::Tensor attend(const at::Tensor& queries, at::Tensor keys,
                                  at::Tensor values) const {
    const std::int64_t shared = queries.size(1) / keys.size(1);
    if (shared > 1) {
      keys = keys.repeat_interleave(shared, 1);
      values = values.repeat_interleave(shared, 1);
    }
    const std::int64_t tokens = queries.size(2);
    const std::int64_t all = keys.size(2);
    const double usual = 1 / std::sqrt(static_cast<double>(config_.head_dim));
    const double scale = config_.attention_scale > 0 ? config_.attention_scale : usual;
#if TORCH_VERSION_MAJOR >= 2
    if (tokens == all || tokens == 1) {
      return at::scaled_dot_product_attention(queries, keys, values, std::nullopt, 0, tokens > 1,
                                              scale);
    }
#endif
    at::Tensor scores = at::matmul(queries * scale, keys.transpose(-1, -2));
    if (tokens > 1) {
      const at::Tensor later =
          at::ones({tokens, all}, scores.options().dtype(at::kBool)).triu(all - tokens + 1);
      scores = scores.masked_fill(later, -std::numeric_limits<double>::infinity());
    }
    return at::matmul(at::softmax(scores, -1, at::kFloat).to(type_), values);
  }

  [[nodiscard]] at::Tensor attention(const at::Tensor& x, std::size_t layer, std::int64_t first,
                                     const at::Tensor& cache) const {
    const std::string key = fmt::format("{}.", layer);
    const std::int64_t heads = signed_size(config_.num_heads);
    const std::int64_t kv_heads = signed_size(config_.num_kv_heads);
    const at::Tensor parts =
        linear(x, key + "qkv")
            .view({x.size(0), x.size(1), heads + 2 * kv_heads, signed_size(config_.head_dim)})
            .transpose(1, 2);
    at::Tensor queries = parts.narrow(1, 0, heads);
    at::Tensor keys = parts.narrow(1, heads, kv_heads);
    at::Tensor values = parts.narrow(1, heads + kv_heads, kv_heads);
    if (is_rotary()) {
      queries = rotated(queries, first);
      keys = rotated(keys, first);
    }
    if (cache.defined()) {
      const at::Tensor own = cache.select(0, signed_size(layer));
      own.select(0, 0).narrow(2, first, x.size(1)).copy_(keys);
      own.select(0, 1).narrow(2, first, x.size(1)).copy_(values);
      keys = own.select(0, 0).narrow(2, 0, first + x.size(1));
      values = own.select(0, 1).narrow(2, 0, first + x.size(1));
    }
    const at::Tensor mixed = attend(queries, keys, values).transpose(1, 2);
    return linear(mixed.reshape({x.size(0), x.size(1), -1}), key + "out");
  }

  [[nodiscard]] at::Tensor activated(const at::Tensor& x) const {
    switch (config_.activation) {
      case Activation::kSilu:
        return at::silu(x);
      case Activation::kGelu:
        return at::gelu(x);
      case Activation::kGeluTanh:
        return at::gelu(x, "tanh");
      case Activation::kRelu:
      case Activation::kReluSquared:  // these are of recurrent models, which are not computed here
      case Activation::kTanh:
      case Activation::kSigmoid:
        break;
    }
    return at::relu(x);
  }

  [[nodiscard]] at::Tensor feed_forward(const at::Tensor& x, const std::string& key) const {
    const at::Tensor up = linear(x, key + "up");
    const std::int64_t size = signed_size(config_.intermediate_size);
    if (!config_.gated) return linear(activated(up), key + "down");
    return linear(activated(up.narrow(-1, 0, size)) * up.narrow(-1, size, size), key + "down");
  }

  // The logits after each of the last `count` tokens, in floats: [texts][count][vocab_size]. The
  // tokens stand from position `length` on; `cache` is undefined where they are all there is.
  [[nodiscard]] at::Tensor forward(std::span<const std::int64_t> tokens, std::size_t texts,
                                   std::size_t length, std::size_t count,
                                   const at::Tensor& cache) const {
    const std::int64_t first = signed_size(length);
    at::Tensor x = at::embedding(weight("embedding"), on_device(tokens))
                       .view({signed_size(texts), -1, signed_size(config_.hidden_size)});
    if (config_.embedding_scale != 1) x = x * config_.embedding_scale;
    if (!is_rotary()) x = x + positions_.narrow(0, first, x.size(1));
    const bool before = config_.norm_place == LmConfig::NormPlace::kBefore;
    for (std::size_t i = 0; i < config_.num_layers; ++i) {
      const std::string key = fmt::format("{}.", i);
      x = x + attention(before ? norm(x, key + "norm1") : x, i, first, cache);
      if (!before) x = norm(x, key + "norm1");
      x = x + feed_forward(before ? norm(x, key + "norm2") : x, key);
      if (!before) x = norm(x, key + "norm2");
    }
    x = x.narrow(1, x.size(1) - signed_size(count), signed_size(count));
    if (weights_.contains("norm")) x = norm(x, "norm");
    return linear(x, weights_.contains("output") ? "output" : "embedding").to(at::kFloat);
  }

  LmConfig config_;
  at::Device device_;
  at::ScalarType type_;
  std::size_t threads_;
  std::map<std::string, at::Tensor> weights_;
  at::Tensor positions_;
};

}  // namespace
}  // namespace zipdream

zipdream::TorchEngine* zipdream_torch_v2(const zipdream::TorchModel& model) {
  return zipdream::translated(model.device, model.threads,
                              [&] { return new zipdream::Engine(model); });
}
