// SPDX-License-Identifier: Apache-2.0
// A transformer that can be trained: the same as models/lm computes, by libtorch, with gradients.
// Its parameters are one flat array, its gradients another, so that an optimiser is a few
// operations on both.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "models/lm/config.h"
#include "training/corpus.h"
#include "training/layout.h"

namespace zipdream {

// Threads: one at a time.
class Network {
 public:
  // `bf16`: the matrices' products are computed in it. REQUIRES: values.size() == layout.size.
  Network(const LmConfig& config, const Layout& layout, std::span<const float> values,
          const at::Device& device, bool bf16);

  [[nodiscard]] at::Tensor& values() { return values_; }  // [size]
  [[nodiscard]] at::Tensor& gradients() { return gradients_; }

  // Nats per token, a number on the device. Where gradients are enabled, backward() of it adds to
  // gradients().
  [[nodiscard]] at::Tensor loss(const Batch& batch);

 private:
  [[nodiscard]] at::Tensor forward(const at::Tensor& tokens, std::int64_t sequences,
                                   std::int64_t length);
  [[nodiscard]] at::Tensor modern_layer(const std::string& key, const at::Tensor& x,
                                        const at::Tensor& turns, std::int64_t sequences,
                                        std::int64_t length);
  [[nodiscard]] at::Tensor paper_layer(const std::string& key, const at::Tensor& x,
                                       std::int64_t sequences, std::int64_t length);
  // The parameter in the arithmetic of the products, or as it is.
  [[nodiscard]] at::Tensor matrix(const std::string& key) const;
  [[nodiscard]] const at::Tensor& parameter(const std::string& key) const;
  [[nodiscard]] const at::Tensor& turns_of(std::int64_t length);
  [[nodiscard]] at::Tensor on_device(const std::vector<std::int64_t>& tokens) const;

  LmConfig config_;
  at::Tensor values_;
  at::Tensor gradients_;
  std::map<std::string, at::Tensor> parameters_;  // views of values_, with gradients
  std::map<std::int64_t, at::Tensor> positions_;  // by length: turns, or what is added
  bool bf16_;
};

// Of this machine. Throws a usage Error for a device that is none ("cpu", "cuda", "cuda:1"), and an
// Error for one that is not here.
[[nodiscard]] at::Device find_device(const std::string& name);

}  // namespace zipdream
