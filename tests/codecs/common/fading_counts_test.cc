// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/fading_counts.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zipdream {
namespace {

TEST(FadingCounts, WeighHalfAsMuchAHalfLifeLater) {
  FadingCounts<2> counts(10);
  counts.add(0);
  counts.fade(10);
  counts.add(1);
  EXPECT_NEAR(counts[0], 0.5, 1e-12);
  EXPECT_EQ(counts[1], 1);
  EXPECT_NEAR(counts.sum(), 1.5, 1e-12);
}

TEST(FadingCounts, AreTheSameFromEitherEnd) {
  constexpr std::size_t kUses[] = {0, 2, 1, 1, 0, 2, 2, 2, 1, 0};
  FadingCounts<3> forward(3);
  for (const std::size_t symbol : kUses) {
    forward.fade(1);
    forward.add(symbol);
  }
  FadingCounts<3> backward(3);
  for (std::size_t i = std::size(kUses); i-- > 0;) {
    backward.add(kUses[i]);
    backward.go_back();
  }
  for (std::size_t symbol = 0; symbol < 3; ++symbol) {
    EXPECT_NEAR(forward[symbol], backward[symbol], 1e-12);
  }
}

TEST(FadingCounts, BeginAsTheirPrior) {
  const FadingCounts<2> counts(5, {3, 5});
  EXPECT_EQ(counts[1], 5);
  EXPECT_EQ(counts.sum(), 8);
}

TEST(FadingCounts, ForgetWhatIsTwentyHalfLivesBack) {
  FadingCounts<1> counts(50);
  int uses = 0;
  for (; !counts.is_forgotten(); ++uses) counts.go_back();
  EXPECT_NEAR(uses, 1000, 1);
}

}  // namespace
}  // namespace zipdream
