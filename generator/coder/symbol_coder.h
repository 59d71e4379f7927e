// SPDX-License-Identifier: Apache-2.0
// How the symbols of a predictor are put on the range coder. Any predictor can be coded by the
// frequencies of its whole alphabet (frequency_coder.h). One that can do it in less, by a few
// binary decisions say, is a SymbolCoder itself (Predictor::symbol_coder()). It then codes by the
// same law that Predictor::log2_probs() tells, up to the rounding of integers.
#pragma once

#include <span>

#include "generator/coder/interval.h"
#include "generator/coder/range_coder.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Threads: as Predictor.
class SymbolCoder {
 public:
  virtual ~SymbolCoder() = default;

  // Encodes `symbol` and appends it to what was seen. REQUIRES: symbol < alphabet_size().
  virtual void encode(Symbol symbol, RangeEncoder& encoder) = 0;

  // Decodes what encode() wrote and appends it to what was seen. Total: some symbol comes of any
  // code.
  [[nodiscard]] virtual Symbol decode(RangeDecoder& decoder) = 0;

  // out[s] = the interval that encode(s) would make of `now`; *this is unchanged.
  // REQUIRES: out.size() == alphabet_size().
  virtual void intervals_after(const Interval& now, std::span<Interval> out) const = 0;
};

}  // namespace zipdream
