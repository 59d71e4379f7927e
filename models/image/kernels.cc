// SPDX-License-Identifier: Apache-2.0
// Compiled once for each kind of vectors by Highway, which chooses at run time.
#include "models/image/kernels.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstdint>

// Vectors whose length is known only at run time can't stand in arrays, as ours do. 32-bit ARM's
// round otherwise than IEEE.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#if defined(__arm__) && !defined(HWY_COMPILE_ONLY_SCALAR)
#define HWY_COMPILE_ONLY_SCALAR
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/image/kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

static_assert(FLT_EVAL_METHOD == 0, "floats must be rounded to floats after every operation");

HWY_BEFORE_NAMESPACE();
namespace zipdream::image::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, kLanes>;
using Vector = hn::Vec<Tag>;

constexpr int kVector = static_cast<int>(hn::MaxLanes(Tag()));
constexpr int kParts = kLanes / kVector;  // vectors of 16 floats

// 16 floats.
struct Block {
  std::array<Vector, kParts> part;
};

HWY_INLINE Block load(const float* from) {
  Block block;
#pragma GCC unroll 16
  for (int i = 0; i < kParts; ++i) block.part[i] = hn::LoadU(Tag(), from + i * kVector);
  return block;
}

HWY_INLINE void store(const Block& block, float* to) {
#pragma GCC unroll 16
  for (int i = 0; i < kParts; ++i) hn::StoreU(block.part[i], Tag(), to + i * kVector);
}

HWY_INLINE Block all(float value) {
  Block block;
#pragma GCC unroll 16
  for (int i = 0; i < kParts; ++i) block.part[i] = hn::Set(Tag(), value);
  return block;
}

template <typename Operation>
HWY_INLINE Block each(const Block& a, const Block& b, Operation operation) {
  Block block;
#pragma GCC unroll 16
  for (int i = 0; i < kParts; ++i) block.part[i] = operation(a.part[i], b.part[i]);
  return block;
}

HWY_INLINE Block operator+(const Block& a, const Block& b) {
  return each(a, b, [](Vector x, Vector y) HWY_ATTR { return hn::Add(x, y); });
}
HWY_INLINE Block operator-(const Block& a, const Block& b) {
  return each(a, b, [](Vector x, Vector y) HWY_ATTR { return hn::Sub(x, y); });
}
HWY_INLINE Block operator*(const Block& a, const Block& b) {
  return each(a, b, [](Vector x, Vector y) HWY_ATTR { return hn::Mul(x, y); });
}
HWY_INLINE Block operator/(const Block& a, const Block& b) {
  return each(a, b, [](Vector x, Vector y) HWY_ATTR { return hn::Div(x, y); });
}

void weigh(const Window& window, const float* here, float position,
           const std::array<float, 2>& floors, std::array<WindowValues, 2>& inverse) {
  const Tag tag;
  const auto same = hn::Set(tag, position);
  for (int slot = 0; slot < kColumns; ++slot) {
    Block sum = all(0);
    for (int k = 0; k < kSimilar; ++k) {
      const Block off = load(window.similar[k][slot].data()) - all(here[k]);
      sum = sum + off * off;
    }
    sum = sum * all(1.0F / kSimilar);
    Block share;
    const Block positions = load(window.position[slot].data());
    for (int i = 0; i < kParts; ++i) {
      const auto at = positions.part[i];
      const auto other = hn::IfThenElse(hn::Eq(at, same), hn::Set(tag, 1.0F), hn::Set(tag, 0.4F));
      share.part[i] = hn::IfThenZeroElse(hn::Lt(at, hn::Zero(tag)), other);
    }
    store(share / (sum + all(floors[0])), inverse[0][slot].data());
    store(share / (sum + all(floors[1])), inverse[1][slot].data());
  }
}

// The columns kFirst to kFirst + kCount - 1 of the sums, the 16 rows from kRow.
template <int kCount>
HWY_INLINE void accumulate_columns(const WeightedSamples& samples, int first, int row,
                                   NormalEquations& out) {
  std::array<Block, kCount> sums;
#pragma GCC unroll 16
  for (int c = 0; c < kCount; ++c) sums[c] = all(0);
  int slot = samples.first_slot;
  for (int dx = -samples.reach; dx <= samples.reach; ++dx) {
    const auto& weights = samples.weights[dx + kReach];
    const auto& regressors = samples.window.regressors[slot];
    for (int y = dx < 0 ? 0 : 1; y <= samples.rows_above; ++y) {
      const float* x = regressors[y].data();
      const Block weighted = load(x + row) * all(weights[y]);
#pragma GCC unroll 16
      for (int c = 0; c < kCount; ++c) sums[c] = sums[c] + weighted * all(x[first + c]);
    }
    if (++slot == kColumns) slot = 0;
  }
#pragma GCC unroll 16
  for (int c = 0; c < kCount; ++c) store(sums[c], out.matrix[first + c].data() + row);
}

HWY_INLINE void accumulate_right(const WeightedSamples& samples, int row, NormalEquations& out) {
  Block sum = all(0);
  int slot = samples.first_slot;
  for (int dx = -samples.reach; dx <= samples.reach; ++dx) {
    const auto& weights = samples.weights[dx + kReach];
    const auto& targets = samples.targets[slot];
    const auto& regressors = samples.window.regressors[slot];
    for (int y = dx < 0 ? 0 : 1; y <= samples.rows_above; ++y) {
      sum = sum + load(regressors[y].data() + row) * all(weights[y]) * all(targets[y]);
    }
    if (++slot == kColumns) slot = 0;
  }
  store(sum, out.right.data() + row);
}

void accumulate(const WeightedSamples& samples, int regressors, NormalEquations& out) {
  constexpr int kCount = 8 / kParts > 0 ? 8 / kParts : 1;  // the sums stay in registers
  for (int row = 0; row < regressors; row += kLanes) {
    for (int first = 0; first < std::min(row + kLanes, regressors); first += kCount) {
      accumulate_columns<kCount>(samples, first, row, out);
    }
    accumulate_right(samples, row, out);
  }
}

void update(NormalEquations& equations, int regressors, const float* x, float weight, float target,
            float decay) {
  for (int row = 0; row < regressors; row += kLanes) {
    const Block weighted = load(x + row) * all(weight);
    for (int c = 0; c < std::min(row + kLanes, regressors); ++c) {
      float* at = equations.matrix[c].data() + row;
      store(load(at) * all(decay) + weighted * all(x[c]), at);
    }
    float* right = equations.right.data() + row;
    store(load(right) * all(decay) + weighted * all(target), right);
  }
}

// Cholesky's factorisation column by column; what solves for `right` and x goes along. With
// L L' = matrix + ridge I the answer is (L^-1 x)' (L^-1 right).
template <int kBlocks>
HWY_INLINE float solve_blocks(const NormalEquations& equations, int n, float ridge,
                              const float* x) {
  alignas(64) float lower[kNeighbours][kLanes * kBlocks];
  alignas(64) float right[kLanes * kBlocks];
  alignas(64) float given[kLanes * kBlocks];
  for (int block = 0; block < kBlocks; ++block) {
    const int row = block * kLanes;
    store(load(equations.right.data() + row), right + row);
    store(load(x + row), given + row);
    for (int c = 0; c < std::min(n, row + kLanes); ++c) {
      store(load(equations.matrix[c].data() + row), lower[c] + row);
    }
  }
  float answer = 0;
  for (int c = 0; c < n; ++c) {
    const float pivot = std::max(lower[c][c] + ridge, 0.5F * ridge);
    const float inverse = 1.0F / std::sqrt(pivot);
    const float r = right[c] * inverse;
    const float g = given[c] * inverse;
    answer += r * g;
    const int from = c / kLanes;
#pragma GCC unroll 2
    for (int block = 0; block < kBlocks; ++block) {
      if (block < from) continue;
      const int row = block * kLanes;
      const Block column = load(lower[c] + row) * all(inverse);
      store(column, lower[c] + row);
      store(load(right + row) - column * all(r), right + row);
      store(load(given + row) - column * all(g), given + row);
      const int last = std::min(n, row + kLanes);
      for (int k = c + 1; k < last; ++k) {
        // For the lower block lower[c][k] of the upper one is scaled already.
        float* at = lower[k] + row;
        store(load(at) - column * all(lower[c][k]), at);
      }
    }
  }
  return answer;
}

float solve(const NormalEquations& equations, int regressors, float ridge, const float* x) {
  return regressors <= kLanes ? solve_blocks<1>(equations, regressors, ridge, x)
                              : solve_blocks<2>(equations, regressors, ridge, x);
}

// 2 (t + t^3 / 3 + t^5 / 5 + ...) with t = (m - 1) / (m + 1) is the logarithm of m.
HWY_INLINE Vector log2_of(Vector x) {
  const Tag tag;
  const hn::RebindToSigned<Tag> whole;
  const auto bits = hn::BitCast(whole, x);
  // The exponent of x / sqrt(1/2): m lies between sqrt(1/2) and sqrt(2).
  const auto shifted = hn::Sub(bits, hn::Set(whole, 0x3F3504F3));
  const auto exponent = hn::ShiftRight<23>(shifted);
  const auto m = hn::BitCast(tag, hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  const auto one = hn::Set(tag, 1.0F);
  const auto t = hn::Div(hn::Sub(m, one), hn::Add(m, one));
  const auto square = hn::Mul(t, t);
  auto sum = hn::Set(tag, 2.0F / 9 * 1.44269504F);
  sum = hn::Add(hn::Mul(sum, square), hn::Set(tag, 2.0F / 7 * 1.44269504F));
  sum = hn::Add(hn::Mul(sum, square), hn::Set(tag, 2.0F / 5 * 1.44269504F));
  sum = hn::Add(hn::Mul(sum, square), hn::Set(tag, 2.0F / 3 * 1.44269504F));
  sum = hn::Add(hn::Mul(sum, square), hn::Set(tag, 2.0F * 1.44269504F));
  return hn::Add(hn::ConvertTo(tag, exponent), hn::Mul(sum, t));
}

void log2_all(float* values, int count) {
  for (int i = 0; i < count; i += kVector) {
    hn::StoreU(log2_of(hn::LoadU(Tag(), values + i)), Tag(), values + i);
  }
}

constexpr Kernels kKernels = {
    .target = HWY_STR(HWY_NAMESPACE),
    .weigh = weigh,
    .accumulate = accumulate,
    .update = update,
    .solve = solve,
    .log2_all = log2_all,
};

const Kernels* kernels_of_target() { return &kKernels; }

}  // namespace
}  // namespace zipdream::image::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream::image {

HWY_EXPORT(kernels_of_target);

const Kernels& best_kernels() {
  static const Kernels& best = *HWY_DYNAMIC_DISPATCH(kernels_of_target)();
  return best;
}

}  // namespace zipdream::image
#endif  // HWY_ONCE
