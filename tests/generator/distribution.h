// SPDX-License-Identifier: Apache-2.0
// That what a predictor says is a distribution.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <string_view>

namespace zipdream {

// Nothing is impossible, and the sum is 1 up to `error`.
inline void expect_distribution(std::span<const double> log2_probs, double error = 1e-9,
                                std::string_view what = "") {
  double sum = 0;
  for (const double log2_p : log2_probs) {
    ASSERT_TRUE(std::isfinite(log2_p)) << what;
    ASSERT_LE(log2_p, 0) << what;
    sum += std::exp2(log2_p);
  }
  EXPECT_NEAR(sum, 1, error) << what;
}

}  // namespace zipdream
