// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "zipdream/random.h"

namespace zipdream {
namespace {

TEST(Rng, GivesTheSameNumbersForTheSameSeedAndStream) {
  Rng a(7, 3);
  Rng b(7, 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
}

TEST(Rng, GivesOtherNumbersForAnotherSeedOrStream) {
  Rng base(7, 3);
  Rng other_seed(8, 3);
  Rng other_stream(7, 4);
  const std::uint64_t first = base.next();
  EXPECT_NE(first, other_seed.next());
  EXPECT_NE(first, other_stream.next());
}

// The numbers are a promise: a seed fixes every byte of every output, on every machine and in every
// version.
TEST(Rng, KeepsItsNumbers) {
  Rng rng(1);
  EXPECT_EQ(rng.next(), 17154914556750032435U);
}

TEST(Rng, IsUniformInTheUnitInterval) {
  Rng rng(5);
  double sum = 0;
  double lowest = 1;
  double highest = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double x = rng.uniform();
    sum += x;
    lowest = std::min(lowest, x);
    highest = std::max(highest, x);
  }
  EXPECT_GE(lowest, 0);
  EXPECT_LT(highest, 1);
  EXPECT_NEAR(sum / kCount, 0.5, 0.005);
}

}  // namespace
}  // namespace zipdream
