// SPDX-License-Identifier: Apache-2.0
#include "training/network.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "models/lm/positions.h"
#include "models/lm/weights.h"
#include "training/operations.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::int64_t signed_size(std::size_t size) { return static_cast<std::int64_t>(size); }

std::vector<std::int64_t> shape_of(const Parameter& parameter) {
  if (parameter.columns == 0) return {signed_size(parameter.rows)};
  return {signed_size(parameter.rows), signed_size(parameter.columns)};
}

at::Tensor view_of(const at::Tensor& flat, const Parameter& parameter) {
  return flat.narrow(0, signed_size(parameter.offset), signed_size(parameter.size()))
      .view(shape_of(parameter));
}

// As the engine has them: cos and sin [length, head_dim], or [length, hidden_size] to be added.
at::Tensor make_positions(const LmConfig& config, std::int64_t length) {
  const LmWeights none;
  const Positions positions(config, none);
  std::vector<float> numbers;
  std::int64_t columns = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    std::vector<float> row = positions.cos_sin(static_cast<std::size_t>(i));
    if (row.empty()) {
      row.resize(config.hidden_size);
      positions.add(static_cast<std::size_t>(i), row);
    }
    columns = signed_size(row.size());
    numbers.insert(numbers.end(), row.begin(), row.end());
  }
  return at::from_blob(numbers.data(), {length, columns}, at::kFloat).clone();
}

}  // namespace

Network::Network(const LmConfig& config, const Layout& layout, std::span<const float> values,
                 const at::Device& device, bool bf16)
    : config_(config), bf16_(bf16) {
  values_ = at::empty({signed_size(layout.size)}, at::kFloat);
  std::copy(values.begin(), values.end(), values_.data_ptr<float>());
  values_ = values_.to(device);
  gradients_ = at::zeros_like(values_);
  for (const Parameter& parameter : layout.parameters) {
    at::Tensor view = view_of(values_, parameter).detach().requires_grad_(true);
    view.mutable_grad() = view_of(gradients_, parameter);
    parameters_.emplace(parameter.key, std::move(view));
  }
}

const at::Tensor& Network::parameter(const std::string& key) const { return parameters_.at(key); }

at::Tensor Network::matrix(const std::string& key) const {
  return bf16_ ? parameter(key).to(at::kBFloat16) : parameter(key);
}

at::Tensor Network::dropped(const at::Tensor& x) const {
  return dropout_ > 0 ? at::dropout(x, dropout_, true) : x;
}

const at::Tensor& Network::positions_of(std::int64_t length) {
  const auto found = positions_.find(length);
  if (found != positions_.end()) return found->second;
  at::Tensor made = make_positions(config_, length).to(values_.device());
  if (config_.positions == LmConfig::Positions::kRotary) {
    made = made.view({length, signed_size(config_.head_dim / 2), 2});
  }
  return positions_.emplace(length, std::move(made)).first->second;
}

at::Tensor Network::on_device(const std::vector<std::int64_t>& tokens) const {
  at::Tensor made = at::empty({signed_size(tokens.size())}, at::kLong);
  std::copy(tokens.begin(), tokens.end(), made.data_ptr<std::int64_t>());
  return made.to(values_.device());
}

at::Tensor Network::modern_layer(const std::string& key, const at::Tensor& x,
                                 const at::Tensor& cos_sin, std::int64_t sequences,
                                 std::int64_t length) {
  const AttentionSizes sizes{sequences, length, signed_size(config_.num_heads),
                             signed_size(config_.head_dim)};
  const double epsilon = config_.norm_epsilon;
  const at::Tensor before = rms_norm(x, parameter(key + "norm1"), epsilon);
  const at::Tensor mixed =
      causal_attention(at::linear(before, matrix(key + "qkv")), cos_sin, sizes);
  const at::Tensor sum = x + dropped(at::linear(mixed, matrix(key + "out")));
  const at::Tensor within = rms_norm(sum, parameter(key + "norm2"), epsilon);
  const at::Tensor hidden = swiglu(at::linear(within, matrix(key + "up")));
  return sum + dropped(at::linear(hidden, matrix(key + "down")));
}

at::Tensor Network::paper_layer(const std::string& key, const at::Tensor& x, std::int64_t sequences,
                                std::int64_t length) {
  const AttentionSizes sizes{sequences, length, signed_size(config_.num_heads),
                             signed_size(config_.head_dim)};
  const auto linear = [&](const at::Tensor& from, const std::string& name) {
    return at::linear(from, matrix(key + name), matrix(key + name + ".bias"));
  };
  const auto norm = [&](const at::Tensor& from, const std::string& name) {
    return at::layer_norm(from, {signed_size(config_.hidden_size)}, matrix(key + name),
                          matrix(key + name + ".bias"), config_.norm_epsilon);
  };
  const at::Tensor mixed = causal_attention(linear(x, "qkv"), at::Tensor(), sizes);
  const at::Tensor sum = norm(x + dropped(linear(mixed, "out")), "norm1");
  return norm(sum + dropped(linear(at::gelu(linear(sum, "up")), "down")), "norm2");
}

at::Tensor Network::forward(const at::Tensor& tokens, std::int64_t sequences, std::int64_t length) {
  const bool modern = config_.norm == LmConfig::Norm::kRms;
  at::Tensor x = at::embedding(parameter("embedding"), tokens);
  if (bf16_) x = x.to(at::kBFloat16);
  const at::Tensor& positions = positions_of(length);
  if (!modern) {
    const std::int64_t hidden_size = signed_size(config_.hidden_size);
    x = (x.view({sequences, length, hidden_size}) * config_.embedding_scale +
         positions.to(x.scalar_type()))
            .view({sequences * length, hidden_size});
  }
  x = dropped(x);
  for (std::size_t i = 0; i < config_.num_layers; ++i) {
    const std::string key = fmt::format("{}.", i);
    x = modern ? modern_layer(key, x, positions, sequences, length)
               : paper_layer(key, x, sequences, length);
  }
  if (modern) {
    x = rms_norm(x, parameter("norm"), config_.norm_epsilon);
    return at::linear(x, matrix("embedding"));
  }
  x = at::layer_norm(x, {signed_size(config_.hidden_size)}, matrix("norm"), matrix("norm.bias"),
                     config_.norm_epsilon);
  return at::linear(x, matrix("output"), matrix("output.bias"));
}

at::Tensor Network::loss(const Batch& batch, double dropout) {
  dropout_ = dropout;
  const std::int64_t length = signed_size(batch.length);
  const std::int64_t sequences = signed_size(batch.inputs.size()) / length;
  const at::Tensor logits = forward(on_device(batch.inputs), sequences, length);
  return at::cross_entropy_loss(logits.to(at::kFloat), on_device(batch.targets));
}

AdamW::AdamW(const Layout& layout, const at::Tensor& values, const AdamWOptions& options)
    : options_(options),
      first_moment_(at::zeros_like(values)),
      second_moment_(at::zeros_like(values)) {
  at::Tensor decays = at::zeros({values.size(0)}, at::kFloat);
  for (const Parameter& parameter : layout.parameters) {
    if (parameter.columns == 0) continue;
    decays
        .narrow(0, static_cast<std::int64_t>(parameter.offset),
                static_cast<std::int64_t>(parameter.size()))
        .fill_(1);
  }
  decays_ = decays.to(values.device());
}

void AdamW::step(std::size_t step, double learning_rate, at::Tensor& values,
                 at::Tensor& gradients) {
  const c10::NoGradGuard no_gradients;
  const at::Tensor factor = (options_.clip / (gradients.norm() + 1e-6)).clamp_max(1);
  gradients.mul_(factor);
  const auto count = static_cast<double>(step + 1);
  first_moment_.lerp_(gradients, 1 - options_.beta_1);
  second_moment_.mul_(options_.beta_2).addcmul_(gradients, gradients, 1 - options_.beta_2);
  const double bias_1 = 1 - std::pow(options_.beta_1, count);
  const double bias_2 = 1 - std::pow(options_.beta_2, count);
  values.addcmul_(values, decays_, -learning_rate * options_.weight_decay);
  const at::Tensor size = (second_moment_ / bias_2).sqrt_().add_(options_.epsilon);
  values.addcdiv_(first_moment_, size, -learning_rate / bias_1);
  gradients.zero_();
}

at::Device find_device(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (name != "cuda" && !name.starts_with("cuda:")) {
    throw Error::of_option("device", name, "must be cpu, cuda, or cuda:N", "");
  }
  if (!at::hasCUDA()) {
    throw Error(Error::Kind::kFailure, "device " + name,
                "there is none here, or this libtorch was built without CUDA",
                "use the device cpu");
  }
  try {
    const at::Device device(name);
    static_cast<void>(at::zeros({1}, at::TensorOptions().device(device)));
    return device;
  } catch (const c10::Error&) {
    throw Error::of_option("device", name, "there is none of that number", "");
  }
}

}  // namespace zipdream
