// SPDX-License-Identifier: Apache-2.0
// What is trained is what the engine runs, and our kernels compute what libtorch's operations do.
#include "training/network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <numbers>
#include <numeric>

#include "models/lm/load.h"
#include "tests/temporary_folder.h"
#include "training/operations.h"
#include "training/run_state.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Operation = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;

// Whether both give the same from copies of the inputs, and gradients of a random sum of it.
void expect_same(const Operation& one, const Operation& other,
                 const std::vector<at::Tensor>& inputs) {
  std::vector<std::vector<at::Tensor>> results;
  at::Tensor direction;
  for (const Operation& operation : {one, other}) {
    std::vector<at::Tensor> copies;
    for (const at::Tensor& input : inputs) copies.push_back(input.clone().requires_grad_(true));
    const at::Tensor y = operation(copies);
    if (!direction.defined()) direction = at::randn(y.sizes());
    (y * direction).sum().backward();
    results.emplace_back(std::vector{y.detach()});
    for (const at::Tensor& copy : copies) results.back().push_back(copy.grad());
  }
  for (std::size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_TRUE(at::allclose(results[0][i], results[1][i], 1e-4, 1e-5))
        << "result " << i << ": off by "
        << (results[0][i] - results[1][i]).abs().max().item<float>();
  }
}

TEST(TrainingKernels, ComputeAttentionAndItsGradient) {
  at::manual_seed(1);
  for (const AttentionSizes sizes : {AttentionSizes{1, 1, 1, 16}, AttentionSizes{2, 33, 3, 8},
                                     AttentionSizes{1, 200, 2, 24}, AttentionSizes{3, 64, 2, 32}}) {
    const std::int64_t width = sizes.num_heads * sizes.head_dim;
    const at::Tensor angles = at::rand({sizes.length, sizes.head_dim / 2}) * 6;
    for (const at::Tensor& cos_sin :
         {at::Tensor(), at::stack({angles.cos(), angles.sin()}, -1).contiguous()}) {
      expect_same([&](const auto& x) { return causal_attention(x[0], cos_sin, sizes); },
                  [&](const auto& x) { return plain::causal_attention(x[0], cos_sin, sizes); },
                  {at::randn({sizes.sequences * sizes.length, 3 * width})});
    }
  }
}

TEST(TrainingKernels, ComputeNormsAndTheirGradient) {
  at::manual_seed(2);
  expect_same([](const auto& x) { return rms_norm(x[0], x[1], 1e-5); },
              [](const auto& x) { return plain::rms_norm(x[0], x[1], 1e-5); },
              {at::randn({1500, 48}), at::randn({48})});
}

TEST(TrainingKernels, ComputeSwiGluAndItsGradient) {
  at::manual_seed(3);
  expect_same([](const auto& x) { return swiglu(x[0]); },
              [](const auto& x) { return plain::swiglu(x[0]); }, {at::randn({70, 96}) * 10});
}

struct Made {
  explicit Made(const char* architecture) {
    plan.files = {"text"};
    plan.model = named_model(architecture, "200k");
    plan.model.hidden_size = 48;
    plan.model.num_heads = 3;
    plan.model.intermediate_size = 112;
    plan.model.num_layers = 2;
    plan.model.context_length = 64;
    complete_model(256, 0, plan.model);
    layout = layout_of(plan.model);
    values = first_values(layout, 5);
    for (float& value : values) value *= 3;  // so that there is something to compute
  }
  TrainingPlan plan;
  Layout layout;
  std::vector<float> values;
};

Batch batch_of(std::size_t length) {
  Batch batch{length, {0}, {}};
  for (std::size_t i = 0; i < length; ++i) {
    batch.targets.push_back(static_cast<std::int64_t>(i * i % 251));
    if (i + 1 < length) batch.inputs.push_back(batch.targets.back());
  }
  return batch;
}

double engine_loss(const Made& made, const Batch& batch) {
  const TemporaryFolder folder;
  save_run(folder.path(), {.plan = made.plan, .values = made.values}, made.layout, "");
  const auto model = load_lm(folder.path()).model;
  std::vector<Symbol> all(256);
  std::iota(all.begin(), all.end(), 0U);
  const std::vector<Symbol> tokens(batch.inputs.begin(), batch.inputs.end());
  LmState state(model->config());
  double bits = 0;
  std::size_t at = 0;
  model->read(tokens, state, [&](const float* logits) {
    std::vector<double> log2_probs(256);
    model->log2_probs_of(logits, all, log2_probs);
    bits -= log2_probs[static_cast<std::size_t>(batch.targets[at++])];
  });
  return bits * std::numbers::ln2 / static_cast<double>(batch.targets.size());
}

TEST(Network, HasTheLossThatTheEngineFinds) {
  for (const char* architecture : {"modern", "paper"}) {
    const Made made(architecture);
    Network network(made.plan.model, made.layout, made.values, at::Device(at::kCPU), false);
    const Batch batch = batch_of(60);
    EXPECT_NEAR(network.loss(batch).item<double>(), engine_loss(made, batch), 1e-4) << architecture;
  }
}

TEST(Network, ComputesNearlyTheSameInBfloat16) {
  for (const char* architecture : {"modern", "paper"}) {
    const Made made(architecture);
    Network exact(made.plan.model, made.layout, made.values, at::Device(at::kCPU), false);
    Network coarse(made.plan.model, made.layout, made.values, at::Device(at::kCPU), true);
    const Batch batch = batch_of(40);
    const at::Tensor loss = coarse.loss(batch);
    EXPECT_NEAR(loss.item<double>(), exact.loss(batch).item<double>(), 0.1) << architecture;
    loss.backward();
    EXPECT_GT(coarse.gradients().norm().item<double>(), 0);
  }
}

TEST(Network, LearnsWhatItIsShownByAdamW) {
  for (const char* architecture : {"modern", "paper"}) {
    const Made made(architecture);
    Network network(made.plan.model, made.layout, first_values(made.layout, 1),
                    at::Device(at::kCPU), false);
    AdamW optimizer(made.layout, network.values(), {});
    const Batch batch = batch_of(60);
    const double before = network.loss(batch).item<double>();
    for (std::size_t step = 0; step < 40; ++step) {
      network.loss(batch).backward();
      optimizer.step(step, 3e-3, network.values(), network.gradients());
    }
    EXPECT_LT(network.loss(batch).item<double>(), before / 2) << architecture;
  }
}

TEST(Network, LeavesOutOtherPartsEachTimeWithDropout) {
  for (const char* architecture : {"modern", "paper"}) {
    const Made made(architecture);
    Network network(made.plan.model, made.layout, made.values, at::Device(at::kCPU), false);
    const Batch batch = batch_of(60);
    const auto loss = [&](double dropout, std::uint64_t seed) {
      at::manual_seed(seed);
      return network.loss(batch, dropout).item<double>();
    };
    EXPECT_EQ(loss(0.5, 1), loss(0.5, 1)) << architecture;
    EXPECT_NE(loss(0.5, 1), loss(0.5, 2)) << architecture;
    EXPECT_EQ(loss(0, 1), loss(0, 2)) << architecture;
  }
}

TEST(Network, KnowsWhichDevicesAreHere) {
  EXPECT_TRUE(find_device("cpu").is_cpu());
  EXPECT_THROW((void)find_device("tpu"), Error);
  EXPECT_THROW((void)find_device("cuda:99"), Error);
}

}  // namespace
}  // namespace zipdream
