// SPDX-License-Identifier: Apache-2.0
// Shares of the mixture at all edges are computed in the lanes of vectors, by the same operations
// in the same order as one by one. Compiled once for each kind of vectors by Highway.
#include "models/common/logistic_mixture.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "models/common/fixed_math.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3
#if defined(__arm__) && !defined(HWY_COMPILE_ONLY_SCALAR)
#define HWY_COMPILE_ONLY_SCALAR  // its vectors round otherwise than IEEE
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/common/logistic_mixture.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<double>;

#if HWY_TARGET == HWY_SCALAR || !HWY_HAVE_FLOAT64

void shares_below(const LogisticMixture& mixture, const double* edges, std::size_t count,
                  double* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = mixture.below(edges[i]);
}

#else

using Vector = hn::Vec<Tag>;

// fast_exp(x), where x is at most 700 and at least -700.
HWY_INLINE Vector exp_of(Vector x) {
  const Tag tag;
  const hn::RebindToUnsigned<Tag> bits;
  const auto rounder = hn::Set(tag, fixed_math::kRounder);
  const auto scaled = hn::Mul(x, hn::Set(tag, fixed_math::kLog2E));
  const auto shifted = hn::Add(scaled, rounder);
  const auto r =
      hn::Mul(hn::Sub(scaled, hn::Sub(shifted, rounder)), hn::Set(tag, fixed_math::kLn2));
  const auto r2 = hn::Mul(r, r);
  const auto r4 = hn::Mul(r2, r2);
  const auto four = [&](std::size_t k) HWY_ATTR {
    const auto c = [&](std::size_t i)
                       HWY_ATTR { return hn::Set(tag, fixed_math::kInverseFactorials[k + i]); };
    return hn::Add(hn::Add(c(0), hn::Mul(c(1), r)), hn::Mul(hn::Add(c(2), hn::Mul(c(3), r)), r2));
  };
  const auto sum = hn::Add(four(0), hn::Mul(hn::Add(four(4), hn::Mul(four(8), r4)), r4));
  const auto power =
      hn::ShiftLeft<52>(hn::Add(hn::BitCast(bits, shifted), hn::Set(bits, std::uint64_t{1023})));
  return hn::Mul(sum, hn::BitCast(tag, power));
}

void shares_below(const LogisticMixture& mixture, const double* edges, std::size_t count,
                  double* out) {
  const Tag tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto one = hn::Set(tag, 1.0);
  const auto limit = hn::Set(tag, 700.0);
  const auto negative_limit = hn::Set(tag, -700.0);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto x = hn::LoadU(tag, edges + i);
    auto sum = hn::Zero(tag);
    for (std::size_t k = 0; k < mixture.components; ++k) {
      auto z =
          hn::Mul(hn::Sub(hn::Set(tag, mixture.mean[k]), x), hn::Set(tag, mixture.sharpness[k]));
      z = hn::Min(hn::Max(z, negative_limit), limit);
      const auto share = hn::Div(one, hn::Add(one, exp_of(z)));
      sum = hn::Add(sum, hn::Mul(hn::Set(tag, mixture.weight[k]), share));
    }
    hn::StoreU(hn::Min(sum, one), tag, out + i);
  }
  for (; i < count; ++i) out[i] = mixture.below(edges[i]);
}

#endif

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream {

HWY_EXPORT(shares_below);

double LogisticMixture::below(double x) const {
  double sum = 0;
  for (std::size_t k = 0; k < components; ++k) {
    sum += weight[k] * (1 / (1 + fast_exp((mean[k] - x) * sharpness[k])));
  }
  return std::min(sum, 1.0);
}

MixtureFrequencies::MixtureFrequencies(const LogisticMixture& mixture,
                                       std::span<const double> edges, std::uint32_t floor)
    : mixture_(mixture), edges_(edges), floor_(floor) {
  assert(floor >= kMinFloor && size() * floor <= kTotal);
  spread_ = static_cast<double>(kTotal - size() * floor);
}

std::uint64_t MixtureFrequencies::before(std::size_t symbol) const {
  assert(symbol <= size());
  if (symbol == 0) return 0;
  if (symbol == size()) return kTotal;
  return parts_of(mixture_.below(edges_[symbol - 1]), symbol);
}

std::size_t MixtureFrequencies::find(std::uint64_t target) const {
  assert(target < kTotal);
  std::size_t first = 0;  // before(first) <= target < before(last)
  std::size_t last = size();
  while (last - first > 1) {
    const std::size_t middle = (first + last) / 2;
    (before(middle) <= target ? first : last) = middle;
  }
  return first;
}

void MixtureFrequencies::all_before(std::span<std::uint64_t> out) const {
  assert(out.size() == size() + 1);
  std::array<double, 256> few;
  std::vector<double> many;
  double* shares = few.data();
  if (edges_.size() > few.size()) {
    many.resize(edges_.size());
    shares = many.data();
  }
  HWY_DYNAMIC_DISPATCH(shares_below)(mixture_, edges_.data(), edges_.size(), shares);
  out[0] = 0;
  for (std::size_t i = 1; i < size(); ++i) out[i] = parts_of(shares[i - 1], i);
  out[size()] = kTotal;
}

}  // namespace zipdream
#endif  // HWY_ONCE
