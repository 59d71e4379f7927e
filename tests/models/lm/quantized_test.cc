// SPDX-License-Identifier: Apache-2.0
// Quantised weights: what they stand for, and that products with them are the same bits however
// they are computed.
#include "models/lm/quantized.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/parallel.h"
#include "models/lm/load.h"
#include "models/lm/model_source.h"
#include "models/lm/products.h"
#include "tests/models/lm/tiny_gguf.h"
#include "tests/temporary_folder.h"
#include "zipdream/random.h"

namespace zipdream {

const Kernels& scalar_kernels();  // kernels.cc once more (CMakeLists.txt)

namespace {

class QuantizedWeights : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static WeightType type() { return *find_weight_type(GetParam()); }
  [[nodiscard]] static std::size_t block() { return info_of(type()).weights; }
};

std::vector<float> random_inputs(std::size_t count) {
  Rng rng(11, 0);
  std::vector<float> x(count);
  for (float& value : x) value = static_cast<float>(rng.uniform() * 4 - 2);
  return x;
}

TEST_P(QuantizedWeights, StandForWhatTheirFormatSays) {
  const Bytes blocks = random_blocks(GetParam(), 2048 / block(), 5);
  const std::vector<double> expected = plain_weights(GetParam(), blocks);
  std::vector<float> weights(2048);
  const StoredRows rows{type(), blocks.data(), 2, 1024};
  rows.to_floats(0, weights.data());
  rows.to_floats(1, weights.data() + 1024);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    ASSERT_NEAR(weights[i], expected[i], 1e-6 * std::fabs(expected[i]) + 1e-7) << i;
  }
}

// What products are made with: each block as multiples of a 127th of its largest.
std::vector<double> rounded(const std::vector<float>& x, std::size_t block) {
  std::vector<double> result;
  for (std::size_t at = 0; at < x.size(); at += block) {
    double largest = 0;
    for (std::size_t i = at; i < at + block; ++i) {
      largest = std::max(largest, std::fabs(double{x[i]}));
    }
    for (std::size_t i = at; i < at + block; ++i) {
      result.push_back(std::nearbyint(x[i] * 127 / largest) * largest / 127);
    }
  }
  return result;
}

// Of all rows with all rows of inputs: [inputs][rows].
std::vector<float> products(const Kernels& kernels, const StoredRows& weights,
                            const std::vector<float>& x) {
  const std::size_t rows = x.size() / weights.inputs;
  const Matrix matrix({&weights, 1}, std::nullopt);
  Floats y(rows * padded(weights.count));
  multiply(kernels, matrix, x.data(), weights.inputs, rows, y.data(), padded(weights.count));
  std::vector<float> result;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* const from = &y[r * padded(weights.count)];
    result.insert(result.end(), from, from + weights.count);
  }
  return result;
}

double product(const Kernels& kernels, WeightType type, const Bytes& row,
               const std::vector<float>& x) {
  return products(kernels, {type, row.data(), 1, x.size()}, x).front();
}

TEST_P(QuantizedWeights, AreMultipliedByInputsOf8Bits) {
  const std::vector<float> x = random_inputs(5120);  // more blocks than there are chains
  const Bytes row = random_blocks(GetParam(), x.size() / block(), 9);
  const std::vector<double> weights = plain_weights(GetParam(), row);
  const std::vector<double> inputs = rounded(x, block());
  double expected = 0;
  double size = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    expected += weights[i] * inputs[i];
    size += std::fabs(weights[i] * inputs[i]);
  }
  const double y = product(best_kernels(), type(), row, x);
  EXPECT_NEAR(y, expected, 1e-5 * size);
  EXPECT_EQ(product(scalar_kernels(), type(), row, x), y);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    EXPECT_EQ(product(best_kernels(), type(), row, x), y) << hwy::TargetName(target);
    hwy::SetSupportedTargetsForTest(0);
  }
}

// By rows and by strips of them, with a last one that is not whole, for few inputs and for many.
TEST_P(QuantizedWeights, GiveTheSameProductsByAnyVectors) {
  constexpr std::size_t kCount = 37;
  for (const std::size_t blocks : {1U, 3U, 5U, 16U, 18U, 35U}) {
    const std::size_t inputs = blocks * block();
    const Bytes bytes = random_blocks(GetParam(), kCount * blocks, 7);
    const StoredRows weights{type(), bytes.data(), kCount, inputs};
    for (const std::size_t rows : {1U, 3U, 4U, 9U, 70U}) {
      if (rows * inputs > 30000 && rows > 9) continue;
      const std::vector<float> x = random_inputs(rows * inputs);
      const std::vector<float> expected = products(scalar_kernels(), weights, x);
      EXPECT_EQ(products(kernels_without_byte_products(), weights, x), expected) << blocks;
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        EXPECT_EQ(products(best_kernels(), weights, x), expected)
            << hwy::TargetName(target) << ", " << blocks << " blocks, " << rows << " rows";
        hwy::SetSupportedTargetsForTest(0);
      }
    }
  }
}

TEST_P(QuantizedWeights, GiveTheSameProductsOnAnyNumberOfThreads) {
  constexpr std::size_t kCount = 1000;
  const std::size_t inputs = 1024;
  const Bytes bytes = random_blocks(GetParam(), kCount * (inputs / block()), 8);
  const StoredRows weights{type(), bytes.data(), kCount, inputs};
  for (const std::size_t rows : {1U, 6U}) {
    const std::vector<float> x = random_inputs(rows * inputs);
    set_thread_count(1);
    const std::vector<float> expected = products(best_kernels(), weights, x);
    for (const int threads : {2, 5}) {
      set_thread_count(threads);
      EXPECT_EQ(products(best_kernels(), weights, x), expected) << threads;
    }
    set_thread_count(0);
  }
}

TEST_P(QuantizedWeights, TakeInputsOfZerosAndSayWhenOneOverflowed) {
  const Bytes row = random_blocks(GetParam(), 512 / block(), 9);
  std::vector<float> x(512);
  EXPECT_EQ(product(best_kernels(), type(), row, x), 0);
  x[3] = 1e-38F;
  EXPECT_EQ(product(best_kernels(), type(), row, x), 0);
  for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    x[300] = bad;
    EXPECT_FALSE(std::isfinite(product(best_kernels(), type(), row, x)));
  }
}

using Distributions = std::vector<std::vector<double>>;

Distributions distributions(const LanguageModel& model, std::size_t block) {
  std::vector<Symbol> tokens(70);
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<Symbol>(i * 53 % 256);
  std::vector<Symbol> all(256);
  std::iota(all.begin(), all.end(), 0U);
  Distributions result;
  LmState state(model.config());
  for (std::size_t at = 0; at < tokens.size(); at += block) {
    const auto some = std::span(tokens).subspan(at, std::min(block, tokens.size() - at));
    model.read(some, state, [&](const float* logits) {
      result.emplace_back(256);
      model.log2_probs_of(logits, all, result.back());
    });
  }
  return result;
}

std::unique_ptr<LanguageModel> load(const std::string& path, const Kernels& kernels) {
  ModelSource source = open_gguf(path);
  LmWeights weights =
      load_weights(source.tensors, source.plan.config, source.plan.layout, std::nullopt);
  return std::make_unique<LanguageModel>(source.plan.config, std::move(weights), kernels);
}

TEST_P(QuantizedWeights, GiveTheSameBitsInBlocksOnThreadsAndByAnyVectors) {
  const TemporaryFolder folder;
  write_file(folder / "x.gguf", quantized_llama(GetParam()).file());
  const auto model = load(folder / "x.gguf", best_kernels());
  const Distributions expected = distributions(*model, 1);
  for (const std::size_t block : {3U, 7U, 64U, 70U})
    EXPECT_EQ(distributions(*model, block), expected);
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    EXPECT_EQ(distributions(*model, 64), expected);
  }
  set_thread_count(0);
  EXPECT_EQ(distributions(*load(folder / "x.gguf", scalar_kernels()), 64), expected);
  EXPECT_EQ(distributions(*load(folder / "x.gguf", kernels_without_byte_products()), 64), expected);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    EXPECT_EQ(distributions(*load(folder / "x.gguf", best_kernels()), 64), expected)
        << hwy::TargetName(target);
    hwy::SetSupportedTargetsForTest(0);
  }
}

TEST_P(QuantizedWeights, AreNearWhatTheirFloatsGive) {
  const TemporaryFolder folder;
  write_file(folder / "x.gguf", quantized_llama(GetParam()).file());
  const Distributions rounded_inputs = distributions(*load_lm(folder / "x.gguf").model, 64);
  const Distributions exact =
      distributions(*load_lm(folder / "x.gguf", WeightFormat::kF32).model, 64);
  double distance = 0;
  for (std::size_t i = 0; i < exact.back().size(); ++i) {
    distance += std::fabs(rounded_inputs.back()[i] - exact.back()[i]);
  }
  EXPECT_LT(distance / static_cast<double>(exact.back().size()), 0.3);
  EXPECT_NE(rounded_inputs, exact);
}

INSTANTIATE_TEST_SUITE_P(OfEveryType, QuantizedWeights,
                         testing::Values("Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K",
                                         "Q6_K"),
                         [](const auto& type) { return std::string(type.param); });

}  // namespace
}  // namespace zipdream
