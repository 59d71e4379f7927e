// SPDX-License-Identifier: Apache-2.0
// exp2, log2, sin and cos that give the same bits on every machine. The C library picks its variant
// by processor (with or without fused multiply-add), and a last-bit difference is enough to change
// a sampled byte; these use only IEEE additions, multiplications and divisions in a fixed order.
#pragma once

#include <span>

namespace zipdream {

// 2^x, relative error below 1e-15. Below -1022 it underflows to 0; above 1024 it is infinity.
[[nodiscard]] double portable_exp2(double x);

// Replaces each by portable_exp2() of it, the same bits, many at once. REQUIRES: at most 1023.
void portable_exp2(std::span<double> values);

// log2(x) for x > 0, absolute error below 1e-15 x max(1, |result|). REQUIRES: x is normal and
// finite.
[[nodiscard]] double portable_log2(double x);

struct SinCos {
  double sin;
  double cos;
};

// The sine and cosine of x in radians, absolute error below 1e-15. REQUIRES: |x| <= 2^20.
[[nodiscard]] SinCos portable_sin_cos(double x);

}  // namespace zipdream
