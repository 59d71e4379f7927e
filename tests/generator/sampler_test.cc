// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "zipdream/error.h"
#include "zipdream/generate.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// P = 1/8, 1/2, 1/8, 1/4.
const std::vector<double> kLog2Probs = {-3, -1, -3, -2};

// Which symbols come out for coins spread evenly over [0, 1), and how often.
std::vector<int> histogram(const SamplerOptions& options,
                           const std::vector<double>& log2_probs = kLog2Probs) {
  std::vector<int> counts(log2_probs.size());
  for (int i = 0; i < 800; ++i) ++counts[sample(log2_probs, options, i / 800.0)];
  return counts;
}

TEST(Sample, FollowsTheDistribution) {
  EXPECT_EQ(histogram({}), (std::vector{100, 400, 100, 200}));
}

TEST(Sample, WithTemperatureZeroTakesTheMostProbable) {
  EXPECT_EQ(histogram({.temperature = 0}), (std::vector{0, 800, 0, 0}));
}

TEST(Sample, WithTemperatureZeroTakesTheLowestAmongEquals) {
  EXPECT_EQ(sample(std::vector<double>{-5, -1, -1}, {.temperature = 0}, 0.999), 1U);
}

TEST(Sample, WithTemperatureTwoTakesTheSquareRootOfTheProbabilities) {
  const std::vector<int> counts = histogram({.temperature = 2});
  EXPECT_NEAR(static_cast<double>(counts[1]) / counts[0], 2, 0.05);
  EXPECT_NEAR(static_cast<double>(counts[1]) / counts[3], std::sqrt(2), 0.03);
}

TEST(Sample, KeepsTheTopK) {
  EXPECT_EQ(histogram({.top_k = 1}), (std::vector{0, 800, 0, 0}));
  const std::vector<int> counts = histogram({.top_k = 2});
  EXPECT_EQ(counts[0] + counts[2], 0);
  EXPECT_GT(counts[3], 200);
}

TEST(Sample, BreaksTiesOfTopKInFavourOfLowerSymbols) {
  const std::vector<int> counts = histogram({.top_k = 3});
  EXPECT_GT(counts[0], 0);
  EXPECT_EQ(counts[2], 0);
}

TEST(Sample, KeepsTheFewestSymbolsOfMassP) {
  EXPECT_EQ(histogram({.top_p = 0.5}), (std::vector{0, 800, 0, 0}));
  const std::vector<int> counts = histogram({.top_p = 0.51});
  EXPECT_EQ(counts[0] + counts[2], 0);
  EXPECT_GT(counts[3], 0);
}

TEST(Sample, KeepsSymbolsThatAreAtLeastMinPAsProbableAsTheBest) {
  EXPECT_EQ(histogram({.min_p = 0.5})[0], 0);
  EXPECT_GT(histogram({.min_p = 0.5})[3], 0);
  EXPECT_EQ(histogram({.min_p = 1}), (std::vector{0, 800, 0, 0}));
}

TEST(Sample, NeverRunsOffTheEndOfTheLine) {
  const double last_coin = std::nextafter(1.0, 0.0);
  EXPECT_EQ(sample(kLog2Probs, {}, last_coin), 3U);
  EXPECT_EQ(sample(std::vector<double>{0, -5000}, {}, last_coin), 0U);
  EXPECT_EQ(sample(kLog2Probs, {.temperature = 1e-300}, last_coin), 1U);
}

TEST(ApplyTemperature, NormalisesToOne) {
  for (const double temperature : {0.01, 0.5, 1.0, 3.0}) {
    std::vector<double> log2_probs = kLog2Probs;
    apply_temperature(log2_probs, temperature);
    double sum = 0;
    for (const double log2_p : log2_probs) sum += std::exp2(log2_p);
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(CheckSampler, NamesTheOptionThatIsOutOfRange) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT([] { check_sampler({.temperature = kNan}); },
              ThrowsMessage<Error>(HasSubstr("temperature")));
  EXPECT_THAT([] { check_sampler({.temperature = -1}); },
              ThrowsMessage<Error>(HasSubstr("temperature")));
  EXPECT_THAT([] { check_sampler({.top_p = 0}); }, ThrowsMessage<Error>(HasSubstr("top_p")));
  EXPECT_THAT([] { check_sampler({.top_p = kNan}); }, ThrowsMessage<Error>(HasSubstr("top_p")));
  EXPECT_THAT([] { check_sampler({.min_p = 1.5}); }, ThrowsMessage<Error>(HasSubstr("min_p")));
  EXPECT_NO_THROW(check_sampler({.temperature = 0, .top_k = 3, .top_p = 0.9, .min_p = 0.1}));
}

}  // namespace
}  // namespace zipdream
