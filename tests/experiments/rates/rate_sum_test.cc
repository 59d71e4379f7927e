// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "experiments/rates/run_results.h"

namespace zipdream {
namespace {

struct Chunk {
  std::uint64_t bytes;
  std::uint64_t bits;
};

RateSum rate_sum_of(const std::vector<Chunk>& chunks) {
  RateSum rate_sum;
  for (const Chunk& chunk : chunks) rate_sum.add_chunk(chunk.bytes, chunk.bits);
  return rate_sum;
}

TEST(RateSum, GivesTheShareOfTheRawSize) {
  const Rate rate = rate_of(rate_sum_of({{100, 400}, {100, 800}}), 0);
  EXPECT_DOUBLE_EQ(rate.value, 1200 / 8.0 / 200);
  // Deviations of -200 and 200 bits: sqrt(2 (200^2 + 200^2)) bits of 1600.
  EXPECT_NEAR(rate.standard_error, std::sqrt(2 * 2 * 200.0 * 200.0) / 1600, 1e-12);
}

TEST(RateSum, CountsAHeaderOnceAsThePaperDoes) {
  const Rate rate = rate_of(rate_sum_of({{100, 400}, {100, 800}, {50, 200}}), 80);
  EXPECT_DOUBLE_EQ(rate.value, (1400 - 2 * 80) / 8.0 / 250);
  const Rate without = rate_of(rate_sum_of({{100, 320}, {100, 720}, {50, 120}}), 0);
  EXPECT_NEAR(rate.standard_error, without.standard_error, 1e-12)
      << "the same for every chunk, so of no weight";
}

TEST(RateSum, KnowsNoErrorOfOneChunkOrOfEqualOnes) {
  EXPECT_EQ(rate_of(rate_sum_of({{100, 400}}), 0).standard_error, 0);
  EXPECT_NEAR(rate_of(rate_sum_of({{7, 33}, {7, 33}, {7, 33}}), 0).standard_error, 0, 1e-9);
}

TEST(RateSum, StaysExactWhereSquaresOutgrow64Bits) {
  RateSum rate_sum;
  for (int i = 0; i < 100; ++i) rate_sum.add_chunk(1 << 26, (1ULL << 29) + (i % 2 == 0 ? 8 : 0));
  const Rate rate = rate_of(rate_sum, 0);
  EXPECT_NEAR(rate.value, 1 + 4.0 / (1ULL << 29), 1e-15);
  EXPECT_EQ(rate_sum.bits_squared >> 64, Uint128{1}) << "sums beyond 64 bits";
}

}  // namespace
}  // namespace zipdream
