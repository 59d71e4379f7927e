// SPDX-License-Identifier: Apache-2.0
// Numbers that are the same on every machine: the functions of portable_math.h, and the generator
// of zipdream/random.h. Compiled once for each kind of vectors by Highway, which chooses at run
// time.
#include "base/portable_math.h"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "zipdream/random.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3
#if defined(__arm__) && !defined(HWY_COMPILE_ONLY_SCALAR)
#define HWY_COMPILE_ONLY_SCALAR  // its vectors round otherwise than IEEE
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "base/portable_math.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// portable_exp2() of many numbers at once: the same operations in the same order, in the lanes of
// vectors.
HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<double>;

#if HWY_TARGET == HWY_SCALAR || !HWY_HAVE_FLOAT64

void exp2_all(double* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) values[i] = portable_exp2(values[i]);
}

#else

using Vector = hn::Vec<Tag>;

// y / k, rounded as a division is. Where multiplications can be fused, by 1 / k as the sum of two
// doubles, which is off by less than 2^-105 of the quotient before it is rounded; a quotient by a
// k this small is further than 2^-59 of itself from the middle between two doubles.
HWY_INLINE Vector divided(Vector y, int k) {
  const Tag tag;
#if HWY_NATIVE_FMA
  const double high = 1.0 / k;
  const double low = std::fma(-high, k, 1.0) / k;
  return hn::MulAdd(y, hn::Set(tag, high), hn::Mul(y, hn::Set(tag, low)));
#else
  return hn::Div(y, hn::Set(tag, static_cast<double>(k)));
#endif
}

HWY_INLINE Vector exp2_of(Vector x) {
  const Tag tag;
  const hn::RebindToUnsigned<Tag> bits;
  const auto magic = hn::Set(tag, 0x1.8p52);  // adding it rounds to whole numbers
  const auto lowest = hn::Set(tag, -1022.0);
  const auto kept = hn::Max(x, lowest);
  const auto whole = hn::Sub(hn::Add(kept, magic), magic);
  const auto y = hn::Mul(hn::Sub(kept, whole), hn::Set(tag, 0.693147180559945309417232121458));
  const auto one = hn::Set(tag, 1.0);
  auto sum = one;
#pragma GCC unroll 17
  for (int k = 17; k >= 1; --k) sum = hn::Add(one, hn::Mul(divided(y, k), sum));
  const auto exponent = hn::Add(hn::Add(whole, hn::Set(tag, 1023.0)), magic);
  const auto power = hn::BitCast(tag, hn::ShiftLeft<52>(hn::BitCast(bits, exponent)));
  return hn::IfThenZeroElse(hn::Lt(x, lowest), hn::Mul(sum, power));
}

void exp2_all(double* values, std::size_t count) {
  const Tag tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(exp2_of(hn::LoadU(tag, values + i)), tag, values + i);
  }
  for (; i < count; ++i) values[i] = portable_exp2(values[i]);
}

#endif

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream {
namespace {

constexpr double kLn2 = 0.693147180559945309417232121458;

std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

// x = n + f with |f| <= 1/2; 2^f = e^(f ln 2) by its Taylor series, whose 18th term is below 1e-17.
double portable_exp2(double x) {
  if (x < -1022) return 0;
  if (x > 1024) return std::numeric_limits<double>::infinity();
  const double whole = std::nearbyint(x);
  const double y = (x - whole) * kLn2;
  double sum = 1;
  for (int k = 17; k >= 1; --k) sum = 1 + y / k * sum;
  return std::ldexp(sum, static_cast<int>(whole));
}

// x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(t), t = (m - 1) / (m + 1), |t| < 0.172,
// by its series in t^2, whose 11th term is below 1e-17.
double portable_log2(double x) {
  assert(std::isnormal(x) && x > 0);
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double t = (mantissa - 1) / (mantissa + 1);
  const double t2 = t * t;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * t2 + 1.0 / k;
  return exponent + 2 * t * sum / kLn2;
}

// x = k pi/2 + r with |r| <= pi/4. pi/2 comes in three parts, the first two of 33 bits, so that
// their products with k are exact. Then the Taylor series, whose next terms are below 1e-17.
SinCos portable_sin_cos(double x) {
  assert(std::abs(x) <= 0x1p20);
  constexpr double kHalfPi[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
  constexpr double kTwoOverPi = 0.636619772367581343075535053490;
  const double k = std::nearbyint(x * kTwoOverPi);
  const double r = x - k * kHalfPi[0] - k * kHalfPi[1] - k * kHalfPi[2];
  const double r2 = r * r;
  double sin = 1;
  double cos = 1;
  for (int n = 16; n >= 2; n -= 2) {
    sin = 1 - sin * r2 * (1.0 / (n * (n + 1)));
    cos = 1 - cos * r2 * (1.0 / (n * (n - 1)));
  }
  sin *= r;
  const auto quarter = static_cast<unsigned>(static_cast<long>(k)) % 4;
  if (quarter == 0) return {sin, cos};
  if (quarter == 1) return {cos, -sin};
  if (quarter == 2) return {-sin, -cos};
  return {-cos, sin};
}

Rng::Rng(std::uint64_t seed, std::uint64_t stream) : state_{} {
  std::uint64_t mixer = seed;
  mixer = split_mix(mixer) ^ stream;  // a stream number far from any seed's own sequence
  for (std::uint64_t& word : state_) word = split_mix(mixer);
}

std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

HWY_EXPORT(exp2_all);

void portable_exp2(std::span<double> values) {
  HWY_DYNAMIC_DISPATCH(exp2_all)(values.data(), values.size());
}

}  // namespace zipdream
#endif  // HWY_ONCE
