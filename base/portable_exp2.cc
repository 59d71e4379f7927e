// SPDX-License-Identifier: Apache-2.0
// portable_exp2() of many numbers at once: the same operations in the same order, in the lanes of
// vectors. Compiled once for each kind of vectors by Highway, which chooses at run time.
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/portable_math.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3
#if defined(__arm__) && !defined(HWY_COMPILE_ONLY_SCALAR)
#define HWY_COMPILE_ONLY_SCALAR  // its vectors round otherwise than IEEE
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "base/portable_exp2.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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

HWY_EXPORT(exp2_all);

void portable_exp2(std::span<double> values) {
  HWY_DYNAMIC_DISPATCH(exp2_all)(values.data(), values.size());
}

}  // namespace zipdream
#endif  // HWY_ONCE
