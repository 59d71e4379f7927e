// SPDX-License-Identifier: Apache-2.0
// exp and what is made of it, sixteen at a time. Included by kernels.cc only.

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
