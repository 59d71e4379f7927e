// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/range_coder.h"

namespace zipdream {

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
