// SPDX-License-Identifier: Apache-2.0
// Sixteen floats, or doubles, as however many vectors the target needs for them: what all sums are
// made in; and exp and the functions made of it, sixteen at a time. Included by kernels.cc only,
// once for each target.

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kLanes = 16;

template <typename T>
using Tag = hn::CappedTag<T, kLanes>;
template <typename T>
using Vector = hn::Vec<Tag<T>>;
template <typename T>
constexpr std::size_t kWidth = hn::MaxLanes(Tag<T>());  // lanes of one vector
constexpr Tag<float> kFloat;

// a b + c, rounded once, where there is no instruction for it.
inline double fused_without(double a, double b, double c) { return std::fma(a, b, c); }
inline float fused_without(float a, float b, float c) {
#ifdef __wasm__
  // Several times faster than the library: the product is exact in double precision, and a sum
  // rounded to odd rounds to float as the exact one does.
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const auto other = static_cast<double>(c);
  const double sum = product + other;
  const double part = sum - product;
  const double lost = (product - (sum - part)) + (other - part);
  auto bits = std::bit_cast<std::uint64_t>(sum);
  const std::uint64_t inexact = lost > 0 || lost < 0 ? 1 : 0;
  const std::uint64_t up = (lost > 0) == (sum > 0) ? 1 : ~std::uint64_t{0};
  if ((bits & 1) == 0) bits += inexact * up;
  return static_cast<float>(std::bit_cast<double>(bits));
#else
  return std::fma(a, b, c);
#endif
}

// a b + c, rounded once.
template <typename T>
HWY_INLINE Vector<T> fused(Vector<T> a, Vector<T> b, Vector<T> c) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  const Tag<T> tag;
  alignas(64) T x[kWidth<T>];
  alignas(64) T y[kWidth<T>];
  alignas(64) T z[kWidth<T>];
  hn::Store(a, tag, x);
  hn::Store(b, tag, y);
  hn::Store(c, tag, z);
  for (std::size_t i = 0; i < kWidth<T>; ++i) z[i] = fused_without(x[i], y[i], z[i]);
  return hn::Load(tag, z);
#endif
}

template <typename T>
struct Sixteen {
  static constexpr std::size_t kVectors = kLanes / kWidth<T>;
  Vector<T> part[kVectors];
};

template <typename T>
HWY_INLINE Sixteen<T> all(T value) {
  Sixteen<T> result;
  for (auto& part : result.part) part = hn::Set(Tag<T>(), value);
  return result;
}

// No alignment is asked for.
template <typename T>
HWY_INLINE Sixteen<T> load(const T* from) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    result.part[v] = hn::LoadU(Tag<T>(), from + v * kWidth<T>);
  }
  return result;
}

template <typename T>
HWY_INLINE void store(const Sixteen<T>& x, T* to) {
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    hn::StoreU(x.part[v], Tag<T>(), to + v * kWidth<T>);
  }
}

// The first `count` lanes of x, `rest` in the others.
template <typename T>
HWY_INLINE Sixteen<T> first_lanes(const Sixteen<T>& x, std::size_t count, T rest) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    const std::size_t begin = v * kWidth<T>;
    const std::size_t kept = count > begin ? std::min(count - begin, kWidth<T>) : 0;
    result.part[v] = hn::IfThenElse(hn::FirstN(Tag<T>(), kept), x.part[v], hn::Set(Tag<T>(), rest));
  }
  return result;
}

// The lanes of x after the first `count`, `rest` in those.
template <typename T>
HWY_INLINE Sixteen<T> all_but_first_lanes(const Sixteen<T>& x, std::size_t count, T rest) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    const std::size_t begin = v * kWidth<T>;
    const std::size_t cut = count > begin ? std::min(count - begin, kWidth<T>) : 0;
    result.part[v] = hn::IfThenElse(hn::FirstN(Tag<T>(), cut), hn::Set(Tag<T>(), rest), x.part[v]);
  }
  return result;
}

// The next sixteen of `count` > 0 numbers; zeros after the last.
HWY_INLINE Sixteen<float> load_up_to(const float* from, std::size_t count) {
  if (count >= kLanes) return load(from);
  alignas(64) float some[kLanes] = {};
  std::copy_n(from, count, some);
  return load(some);
}

#define ZIPDREAM_LANEWISE(NAME, OPERATION)                               \
  template <typename T>                                                  \
  HWY_INLINE Sixteen<T> NAME(const Sixteen<T>& a, const Sixteen<T>& b) { \
    Sixteen<T> result;                                                   \
    for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {             \
      result.part[v] = OPERATION(a.part[v], b.part[v]);                  \
    }                                                                    \
    return result;                                                       \
  }
ZIPDREAM_LANEWISE(operator+, hn::Add)
ZIPDREAM_LANEWISE(operator-, hn::Sub)
ZIPDREAM_LANEWISE(operator*, hn::Mul)
ZIPDREAM_LANEWISE(operator/, hn::Div)
ZIPDREAM_LANEWISE(lower, hn::Min)
ZIPDREAM_LANEWISE(higher, hn::Max)
#undef ZIPDREAM_LANEWISE

template <typename T>
HWY_INLINE Sixteen<T> fused(const Sixteen<T>& a, const Sixteen<T>& b, const Sixteen<T>& c) {
  Sixteen<T> result;
  for (std::size_t v = 0; v < Sixteen<T>::kVectors; ++v) {
    result.part[v] = fused<T>(a.part[v], b.part[v], c.part[v]);
  }
  return result;
}

// The fixed tree.
template <typename T>
HWY_INLINE T sum(const Sixteen<T>& x) {
  alignas(64) T lanes[kLanes];
  store(x, lanes);
  for (std::size_t i = 0; i < 8; ++i) lanes[i] += lanes[i + 8];
  for (std::size_t i = 0; i < 4; ++i) lanes[i] += lanes[i + 4];
  return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

template <typename T>
HWY_INLINE T highest(const Sixteen<T>& x) {
  alignas(64) T lanes[kLanes];
  store(x, lanes);
  return *std::max_element(lanes, lanes + kLanes);
}

// 2^n for a whole n that was rounded by adding `magic` = 1.5 2^(digits of the mantissa): the lowest
// bits of the sum are n's.
template <typename T>
HWY_INLINE Vector<T> times_power_of_two(Vector<T> x, Vector<T> n_plus_magic) {
  const Tag<T> tag;
  const hn::RebindToUnsigned<Tag<T>> bits;
  constexpr int kMantissa = std::numeric_limits<T>::digits - 1;
  const auto exponent = hn::ShiftLeft<kMantissa>(hn::BitCast(bits, n_plus_magic));
  return hn::BitCast(tag, hn::Add(hn::BitCast(bits, x), exponent));
}

// e^x, relative error below 3e-7; x is first brought into [-87, 88], whose results are normal.
// x = n ln 2 + r with |r| <= ln(2) / 2; e^r by its Taylor series, whose next term is below 6e-9.
HWY_INLINE Sixteen<float> exp(const Sixteen<float>& argument) {
  const auto constant = [](float value) HWY_ATTR { return hn::Set(kFloat, value); };
  const auto magic = constant(0x1.8p23F);
  Sixteen<float> result;
  for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
    const auto x = hn::Min(hn::Max(argument.part[v], constant(-87.0F)), constant(88.0F));
    const auto n_plus_magic = hn::Add(hn::Mul(x, constant(1.44269504F)), magic);
    const auto n = hn::Sub(n_plus_magic, magic);
    auto r = fused<float>(n, constant(-0x1.62e4p-1F), x);  // ln 2 in two parts,
    r = fused<float>(n, constant(-1.42860677e-06F), r);    // the first of 15 bits
    auto series = fused<float>(r, constant(1.0F / 5040), constant(1.0F / 720));
    series = fused<float>(r, series, constant(1.0F / 120));
    series = fused<float>(r, series, constant(1.0F / 24));
    series = fused<float>(r, series, constant(1.0F / 6));
    series = fused<float>(r, series, constant(0.5F));
    series = fused<float>(r, series, constant(1.0F));
    series = fused<float>(r, series, constant(1.0F));
    result.part[v] = times_power_of_two<float>(series, n_plus_magic);
  }
  return result;
}

// 2^y for y <= 0, relative error below 1e-15; y is first brought to -1000 or above.
HWY_INLINE Sixteen<double> exp2(const Sixteen<double>& argument) {
  const Tag<double> tag;
  const auto magic = hn::Set(tag, 0x1.8p52);
  constexpr double kOneOverFactorial[] = {1.0,
                                          1.0,
                                          1.0 / 2,
                                          1.0 / 6,
                                          1.0 / 24,
                                          1.0 / 120,
                                          1.0 / 720,
                                          1.0 / 5040,
                                          1.0 / 40320,
                                          1.0 / 362880,
                                          1.0 / 3628800,
                                          1.0 / 39916800,
                                          1.0 / 479001600,
                                          1.0 / 6227020800};
  Sixteen<double> result;
  for (std::size_t v = 0; v < Sixteen<double>::kVectors; ++v) {
    const auto y = hn::Max(argument.part[v], hn::Set(tag, -1000.0));
    const auto n_plus_magic = hn::Add(y, magic);
    const auto n = hn::Sub(n_plus_magic, magic);
    const auto r = hn::Mul(hn::Sub(y, n), hn::Set(tag, 0.693147180559945309417));
    auto series = hn::Set(tag, kOneOverFactorial[13]);
    for (int k = 12; k >= 0; --k) {
      series = fused<double>(r, series, hn::Set(tag, kOneOverFactorial[k]));
    }
    result.part[v] = times_power_of_two<double>(series, n_plus_magic);
  }
  return result;
}

// 1 / (1 + e^-x).
HWY_INLINE Sixteen<float> logistic(const Sixteen<float>& x) {
  return all(1.0F) / (all(1.0F) + exp(all(0.0F) - x));
}

// The normal distribution's Phi(x) = (1 + erf(x / sqrt 2)) / 2, absolute error below 2e-7, by
// formula 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions, for x < 0:
// Phi(x) = t (a1 + t (a2 + ...)) e^(-x^2 / 2) / 2 with t = 1 / (1 + p |x| / sqrt 2).
HWY_INLINE Sixteen<float> normal_distribution(const Sixteen<float>& x) {
  const Sixteen<float> one = all(1.0F);
  const Sixteen<float> zero = all(0.0F);
  const Sixteen<float> size = higher(x, zero - x);
  const Sixteen<float> t = one / fused(size, all(0.23164189F), one);
  Sixteen<float> series = fused(t, all(1.061405429F), all(-1.453152027F));
  series = fused(t, series, all(1.421413741F));
  series = fused(t, series, all(-0.284496736F));
  series = fused(t, series, all(0.254829592F));
  const Sixteen<float> below = series * t * exp(x * x * all(-0.5F)) * all(0.5F);  // Phi(-|x|)
  Sixteen<float> result;
  for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
    const auto is_below = hn::Lt(x.part[v], zero.part[v]);
    result.part[v] = hn::IfThenElse(is_below, below.part[v], hn::Sub(one.part[v], below.part[v]));
  }
  return result;
}
