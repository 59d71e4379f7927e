// SPDX-License-Identifier: Apache-2.0
// exp, ln, the logistic function and the sine of whole turns for models that are asked for millions
// of them: less exact than base/portable_math.h and several times as fast, and like it the same
// bits on every machine (IEEE operations in a fixed order).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace zipdream {

namespace fixed_math {

// Adding it to a double below 2^51 and taking it away rounds to the nearest whole number.
inline constexpr double kRounder = 0x1.8p52;
inline constexpr double kLog2E = 1.44269504088896340736;
inline constexpr double kLn2 = 0.693147180559945309417232121458;

// 1 / k! for k = 0 to 11.
inline constexpr std::array<double, 12> kInverseFactorials = {
    1.0,       1.0,        1.0 / 2,     1.0 / 6,      1.0 / 24,      1.0 / 120,
    1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800};

}  // namespace fixed_math

// e^x, relative error below 1e-13; beyond +-700 that of 700.
[[nodiscard]] inline double fast_exp(double x) {
  using fixed_math::kLn2;
  if (!(x > -700)) x = -700;  // NaN too
  if (x > 700) x = 700;
  const double scaled = x * fixed_math::kLog2E;
  const double shifted = scaled + fixed_math::kRounder;
  const double r = (scaled - (shifted - fixed_math::kRounder)) * kLn2;  // |r| <= ln 2 / 2
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const auto& c = fixed_math::kInverseFactorials;
  const double low = (c[0] + c[1] * r) + (c[2] + c[3] * r) * r2;
  const double middle = (c[4] + c[5] * r) + (c[6] + c[7] * r) * r2;
  const double high = (c[8] + c[9] * r) + (c[10] + c[11] * r) * r2;
  const double sum = low + (middle + high * r4) * r4;
  const auto whole = std::bit_cast<std::uint64_t>(shifted);  // in its lowest bits
  return sum * std::bit_cast<double>((whole + 1023) << 52);
}

// ln x, absolute error below 1e-11. REQUIRES: x is normal, finite and above 0.
[[nodiscard]] inline double fast_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  constexpr std::uint64_t kHalfRoot = 0x3FE6A09E667F3BCDU;  // sqrt(1/2)
  const std::uint64_t above = bits - kHalfRoot;
  const auto exponent = static_cast<std::int64_t>(above) >> 52;
  const double m = std::bit_cast<double>((above & 0xFFFFFFFFFFFFFU) + kHalfRoot);
  const double t = (m - 1) / (m + 1);  // |t| < 0.172; ln m = 2 artanh t
  const double u = t * t;
  const double u2 = u * u;
  const double sum = (1.0 + u * (1.0 / 3)) + (1.0 / 5 + u * (1.0 / 7)) * u2 +
                     ((1.0 / 9 + u * (1.0 / 11)) + (1.0 / 13) * u2) * (u2 * u2);
  return static_cast<double>(exponent) * fixed_math::kLn2 + 2 * t * sum;
}

// 1 / (1 + e^-x).
[[nodiscard]] inline double logistic(double x) { return 1 / (1 + fast_exp(-x)); }

// The sine of `turns` whole turns, absolute error below 1e-7. REQUIRES: |turns| < 2^50.
[[nodiscard]] inline double sine_of_turns(double turns) {
  double f = turns - ((turns + fixed_math::kRounder) - fixed_math::kRounder);  // -1/2 to 1/2
  if (f > 0.25) f = 0.5 - f;
  if (f < -0.25) f = -0.5 - f;
  const double x = f * 6.28318530717958647692;
  const double u = x * x;
  const double sum =
      1 + u * (-1.0 / 6 + u * (1.0 / 120 + u * (-1.0 / 5040 + u * (1.0 / 362880 - u / 39916800))));
  return x * sum;
}

}  // namespace zipdream
