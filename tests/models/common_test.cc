// SPDX-License-Identifier: Apache-2.0
// The parts that models of signals are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "models/common/adaptive_filter.h"
#include "models/common/fixed_math.h"
#include "models/common/logistic_mixture.h"
#include "models/common/small_net.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

double noise(Rng& rng) { return rng.uniform() - 0.5; }

TEST(FixedMath, IsNearTheFunctionsOfTheLibrary) {
  for (double x = -40; x < 40; x += 0.0137) {
    ASSERT_NEAR(fast_exp(x) / std::exp(x), 1, 1e-13) << x;
    ASSERT_NEAR(fast_log(std::exp(x)), x, 1e-11) << x;
    ASSERT_NEAR(sine_of_turns(x), std::sin(2 * std::numbers::pi * x), 1e-7) << x;
  }
  EXPECT_GT(fast_exp(-1e9), 0);
  EXPECT_LT(fast_exp(1e9), 1e305);
  EXPECT_EQ(logistic(0), 0.5);
}

std::vector<double> edges_of_bytes() {
  std::vector<double> edges;
  for (int i = 1; i < 256; ++i) edges.push_back(i - 128);
  return edges;
}

TEST(LogisticMixture, GivesEverySymbolAPartHoweverFarOrSharpItIs) {
  const std::vector<double> edges = edges_of_bytes();
  Rng rng(1, 0);
  for (int round = 0; round < 200; ++round) {
    LogisticMixture mixture{.components = 3, .weight = {0.5, 0.25, 0.25}};
    for (std::size_t k = 0; k < 3; ++k) {
      mixture.mean[k] = 1000 * noise(rng);
      mixture.sharpness[k] = fast_exp(20 * noise(rng));
    }
    const MixtureFrequencies frequencies(mixture, edges, MixtureFrequencies::kMinFloor);
    std::vector<std::uint64_t> before(257);
    frequencies.all_before(before);
    EXPECT_EQ(before[0], 0U);
    EXPECT_EQ(before[256], MixtureFrequencies::kTotal);
    for (std::size_t i = 0; i < 256; ++i) {
      ASSERT_LT(before[i], before[i + 1]);
      ASSERT_EQ(frequencies.before(i), before[i]) << "one by one and all at once differ";
      ASSERT_EQ(frequencies.find(before[i]), i);
      ASSERT_EQ(frequencies.find(before[i + 1] - 1), i);
    }
  }
}

TEST(LogisticMixture, SharesOutItsMassAsTheLogisticFunctionDoes) {
  const std::vector<double> edges = edges_of_bytes();
  const LogisticMixture mixture{
      .components = 2, .weight = {0.75, 0.25}, .mean = {-3.25, 40}, .sharpness = {0.5, 2}};
  const MixtureFrequencies frequencies(mixture, edges, 2);
  const auto share = [](double x) {
    return 0.75 / (1 + std::exp(-(x + 3.25) / 2)) + 0.25 / (1 + std::exp(-(x - 40) * 2));
  };
  for (std::size_t i = 1; i < 256; ++i) {
    const double part = static_cast<double>(frequencies.before(i)) / MixtureFrequencies::kTotal;
    EXPECT_NEAR(part, share(edges[i - 1]), 1e-5);
  }
}

std::shared_ptr<const RecursiveLeastSquares::Start> start_of(std::size_t size, double memory) {
  std::vector<double> inverse(size * size);
  for (std::size_t i = 0; i < size; ++i) inverse[i * size + i] = 1e4;
  return std::make_shared<RecursiveLeastSquares::Start>(std::vector<double>(size), inverse, memory);
}

TEST(RecursiveLeastSquares, FindsTheWeightsOfALinearRelation) {
  constexpr std::size_t kSize = 13;
  RecursiveLeastSquares fit(start_of(kSize, 0.99));
  Rng rng(2, 0);
  std::array<double, kSize> inputs{};
  double prediction = fit.predict(inputs.data());
  for (int t = 0; t < 200; ++t) {
    double value = 0;
    for (std::size_t i = 0; i < kSize; ++i) value += inputs[i] * (static_cast<double>(i) - 5);
    if (t > 100) {
      ASSERT_NEAR(prediction, value, 1e-2);
    }
    for (double& input : inputs) input = noise(rng);
    prediction = fit.learn(value, 1, inputs.data());
  }
}

TEST(RecursiveLeastSquares, StaysFiniteInSilenceAndAfterIt) {
  RecursiveLeastSquares fit(start_of(8, 0.98));
  Rng rng(3, 0);
  std::array<double, 8> inputs{};
  fit.predict(inputs.data());
  for (int t = 0; t < 100'000; ++t) {
    const bool is_silent = t / 10'000 % 2 == 0;
    for (double& input : inputs) input = is_silent ? 0 : 1e4 * noise(rng);
    const double value = is_silent ? 0 : 1e4 * noise(rng);
    ASSERT_LT(std::abs(fit.learn(value, 12.5, inputs.data())), 1e9) << t;
  }
}

TEST(NormalizedLms, ComesNearTheWeightsOfALinearRelation) {
  NormalizedLms filter(16, 0.5);
  Rng rng(4, 0);
  std::array<double, 16> inputs{};
  double error = 1;
  for (int t = 0; t < 2000; ++t) {
    for (double& input : inputs) input = 10 * noise(rng);
    const double value = 2 * inputs[0] - inputs[15];
    error = value - filter.predict(inputs.data());
    filter.learn(value, inputs.data());
  }
  EXPECT_NEAR(error, 0, 1e-3);
}

std::string numbers_of(const std::vector<int>& values) {
  std::string numbers;
  for (const int value : values) {
    numbers.push_back(static_cast<char>(value & 255));
    numbers.push_back(static_cast<char>(value >> 8 & 255));
  }
  return numbers;
}

TEST(SmallNet, MakesTheSumsThatPlainIntegersMake) {
  const SmallNetShape shape{.inputs = 32, .hidden = 16, .more_hidden = 48, .outputs = 5};
  Rng rng(5, 0);
  std::vector<int> numbers(shape.parameter_count());
  for (int& number : numbers) number = static_cast<int>(600 * noise(rng));
  std::vector<std::int16_t> inputs(shape.inputs);
  for (std::int16_t& input : inputs) input = SmallNet::input(20 * noise(rng));
  EXPECT_EQ(*std::ranges::max_element(inputs), SmallNet::kMaxInput) << "not one beyond the limit";

  std::vector<std::int64_t> values(inputs.begin(), inputs.end());
  const int* next = numbers.data();
  for (const std::size_t outputs : {shape.hidden, shape.more_hidden, shape.outputs}) {
    const int bits = values.size() == shape.inputs ? 10 : 8;
    std::vector<std::int64_t> sums(outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
      for (const std::int64_t value : values) sums[o] += value * *next++;
    }
    for (std::int64_t& sum : sums) sum += *next++ * (1 << bits);
    values = sums;
    if (outputs == shape.outputs) break;
    for (std::int64_t& value : values) {
      value >>= bits;
      if (value < 0) value >>= 3;
      value = std::clamp<std::int64_t>(value, -32767, 32767);
    }
  }
  std::vector<double> outputs(shape.outputs);
  SmallNet(shape, numbers_of(numbers)).run(inputs, outputs);
  for (std::size_t o = 0; o < shape.outputs; ++o) {
    EXPECT_EQ(outputs[o] * 65536, static_cast<double>(values[o]));
  }
}

TEST(SmallNet, RefusesWeightsWhoseSumsPass32Bits) {
  const SmallNetShape shape{.inputs = 16, .hidden = 16, .more_hidden = 16, .outputs = 1};
  std::vector<int> numbers(shape.parameter_count(), 20'000);
  EXPECT_THROW(SmallNet(shape, numbers_of(numbers)), Error);
}

TEST(SmallNet, TakesNoNumberForAnInputBeyondItsLimits) {
  EXPECT_EQ(SmallNet::input(1e300), SmallNet::kMaxInput);
  EXPECT_EQ(SmallNet::input(-1e300), -SmallNet::kMaxInput);
  EXPECT_EQ(SmallNet::input(std::nan("")), 0);
  EXPECT_EQ(SmallNet::input(-1.5), -1536);
}

}  // namespace
}  // namespace zipdream
