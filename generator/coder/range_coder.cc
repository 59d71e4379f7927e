// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/range_coder.h"

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

void RangeEncoder::add_carry() {
  if (out_ == nullptr) return;
  std::size_t i = out_->size();
  do {
    assert(i > 0);  // L + R <= 1, so some digit before is not all ones
    --i;
    (*out_)[i] = static_cast<Byte>((*out_)[i] + 1);
  } while ((*out_)[i] == 0);
}

void RangeEncoder::finish() {
  const Interval::Ending end = interval_.ending();
  if (end.digits > Interval::kWindow) add_carry();
  for (int written = 0; written < end.count; written += 8) {
    put(static_cast<Byte>(end.digits >> (Interval::kWindowBits - 8 - written)));
  }
}

bool RangeDecoder::ends_here() const {
  const Interval::Ending end = interval_.ending();
  return !is_damaged_ && code_.size() == code_bytes() &&
         window_ == (end.digits & Interval::kWindow);
}

}  // namespace zipdream
