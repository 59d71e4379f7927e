// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/interval.h"

#include "base/portable_math.h"

namespace zipdream {

double Interval::bits() const {
  return 8.0 * static_cast<double>(bytes_shifted_) + kWindowBits -
         portable_log2(static_cast<double>(range_));
}

// With k digits the interval [m, m + 1) x 2^(56 - k) must lie inside [low, low + range). The first
// m with m x 2^(56 - k) >= low is the only one worth trying, and k = 9 always succeeds, because two
// steps of 2^47 fit into a range of 2^48.
Interval::Ending Interval::ending() const {
  for (int count = 0;; ++count) {
    const std::uint64_t step = std::uint64_t{1} << (kWindowBits - count);
    const std::uint64_t first = (low_ + step - 1) / step * step;
    if (first + step <= low_ + range_) return {first, count};
    assert(count < 9);
  }
}

}  // namespace zipdream
