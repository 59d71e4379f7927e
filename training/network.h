// SPDX-License-Identifier: Apache-2.0
// A transformer that can be trained: the same as models/lm computes, by libtorch, with gradients;
// and its optimizer. The parameters are one flat array, the gradients another, so that the
// optimizer is a few operations on both.
//
// ATen's headers are slow to compile; this one is for the few files that train networks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <map>
#include <span>
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
  // gradients(). `dropout`: the share of the embedding and of what each half of a layer adds that
  // is left out, drawn by libtorch's generator; 0 to measure.
  [[nodiscard]] at::Tensor loss(const Batch& batch, double dropout = 0);

 private:
  [[nodiscard]] at::Tensor forward(const at::Tensor& tokens, std::int64_t sequences,
                                   std::int64_t length);
  [[nodiscard]] at::Tensor modern_layer(const std::string& key, const at::Tensor& x,
                                        const at::Tensor& cos_sin, std::int64_t sequences,
                                        std::int64_t length);
  [[nodiscard]] at::Tensor paper_layer(const std::string& key, const at::Tensor& x,
                                       std::int64_t sequences, std::int64_t length);
  [[nodiscard]] at::Tensor dropped(const at::Tensor& x) const;
  // The parameter in the arithmetic of the products, or as it is.
  [[nodiscard]] at::Tensor matrix(const std::string& key) const;
  [[nodiscard]] const at::Tensor& parameter(const std::string& key) const;
  [[nodiscard]] const at::Tensor& positions_of(std::int64_t length);
  [[nodiscard]] at::Tensor on_device(const std::vector<std::int64_t>& tokens) const;

  LmConfig config_;
  at::Tensor values_;
  at::Tensor gradients_;
  std::map<std::string, at::Tensor> parameters_;  // views of values_, with gradients
  std::map<std::int64_t, at::Tensor> positions_;  // by length: cos and sin, or what is added
  bool bf16_;
  double dropout_ = 0;  // of the loss that is computed
};

struct AdamWOptions {
  double beta_1 = 0.9;
  double beta_2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0;  // of matrices; vectors have none
  double clip = 1;          // the gradient's length at most
};

// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) over flat arrays, with the gradient cut to a
// length.
class AdamW {
 public:
  // Both moments begin at zero. REQUIRES: `values` is [layout.size].
  AdamW(const Layout& layout, const at::Tensor& values, const AdamWOptions& options);

  // Changes the values by the gradients, and sets those to zero. `step` counts from 0.
  void step(std::size_t step, double learning_rate, at::Tensor& values, at::Tensor& gradients);

  // Its state, the moments of the gradients: [size] each.
  [[nodiscard]] at::Tensor& first_moment() { return first_moment_; }
  [[nodiscard]] at::Tensor& second_moment() { return second_moment_; }

 private:
  AdamWOptions options_;
  at::Tensor decays_;  // 1 where weights decay, else 0
  at::Tensor first_moment_;
  at::Tensor second_moment_;
};

// A device of this machine. Throws a usage Error for a name that is none ("cpu", "cuda", "cuda:1"),
// and an Error for one that is not here.
[[nodiscard]] at::Device find_device(const std::string& name);

}  // namespace zipdream
