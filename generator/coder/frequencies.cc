// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/frequencies.h"

#include <cassert>
#include <cstddef>

#include "base/portable_math.h"

namespace zipdream {
namespace {

constexpr double kScaleBits = 28;

}  // namespace

std::uint64_t to_frequencies(std::span<const double> log2_probs, std::span<std::uint32_t> out) {
  assert(out.size() == log2_probs.size());
  std::uint64_t total = 0;
  for (std::size_t s = 0; s < out.size(); ++s) {
    assert(log2_probs[s] <= 0);
    out[s] = 1 + static_cast<std::uint32_t>(portable_exp2(kScaleBits + log2_probs[s]));
    total += out[s];
  }
  return total;
}

}  // namespace zipdream
