// SPDX-License-Identifier: Apache-2.0
#include "base/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "zipdream/random.h"

namespace zipdream {
namespace {

TEST(PortableExp2, IsExactForWholeNumbers) {
  for (int n = -1022; n <= 1023; ++n) EXPECT_EQ(portable_exp2(n), std::ldexp(1.0, n));
}

TEST(PortableExp2, AgreesWithTheCLibrary) {
  Rng rng(1);
  for (int i = 0; i < 100000; ++i) {
    const double x = (rng.uniform() - 0.5) * 2000;
    EXPECT_NEAR(portable_exp2(x) / std::exp2(x), 1, 1e-15) << x;
  }
}

TEST(PortableExp2, SaturatesAtBothEnds) {
  EXPECT_EQ(portable_exp2(-1e300), 0);
  EXPECT_EQ(portable_exp2(-std::numeric_limits<double>::infinity()), 0);
  EXPECT_EQ(portable_exp2(1e300), std::numeric_limits<double>::infinity());
}

TEST(PortableExp2, GivesTheSameBitsForManyAtOnce) {
  Rng rng(4);
  std::vector<double> values = {0, -0.5, -1, -1021.4, -1022, -1022.0001, -1e9, -1e-300, -0x1p-60};
  for (int i = 0; i < 100001; ++i) {
    values.push_back(-rng.uniform() * std::exp2(rng.uniform() * 120 - 109));
  }
  for (int i = 0; i < 10001; ++i) values.push_back(rng.uniform() * 1023);
  values.insert(values.end(), {-std::numeric_limits<double>::infinity(), 28, 1023});
  std::vector<double> powers = values;
  portable_exp2(powers);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(powers[i], portable_exp2(values[i])) << values[i];
  }
}

TEST(PortableLog2, IsExactForPowersOfTwo) {
  for (int n = -1022; n <= 1023; ++n) EXPECT_EQ(portable_log2(std::ldexp(1.0, n)), n);
}

TEST(PortableLog2, AgreesWithTheCLibrary) {
  Rng rng(2);
  for (int i = 0; i < 100000; ++i) {
    const double x = std::exp2((rng.uniform() - 0.5) * 100);
    EXPECT_NEAR(portable_log2(x), std::log2(x), 1e-15 * std::max(1.0, std::fabs(std::log2(x))))
        << x;
  }
}

TEST(PortableLog2, UndoesPortableExp2) {
  Rng rng(3);
  for (int i = 0; i < 10000; ++i) {
    const double x = (rng.uniform() - 0.5) * 60;
    EXPECT_NEAR(portable_log2(portable_exp2(x)), x, 1e-13);
  }
}

}  // namespace
}  // namespace zipdream
