// SPDX-License-Identifier: Apache-2.0
// Codes the symbols of any predictor by frequencies.h, over the whole alphabet each time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "generator/coder/symbol_coder.h"
#include "zipdream/predictor.h"

namespace zipdream {

class FrequencyCoder final : public SymbolCoder {
 public:
  // REQUIRES: `predictor` outlives the coder.
  explicit FrequencyCoder(Predictor& predictor) : predictor_(predictor) {}

  void encode(Symbol symbol, RangeEncoder& encoder) override;
  // The same of each in turn, by Predictor::teacher_force().
  void encode_all(std::span<const Symbol> symbols, RangeEncoder& encoder);
  [[nodiscard]] Symbol decode(RangeDecoder& decoder) override;
  void intervals_after(const Interval& now, std::span<Interval> out) const override;

 private:
  struct Table {
    std::vector<std::uint32_t> frequencies;  // (alphabet_size)
    std::uint64_t total;
  };
  [[nodiscard]] Table table() const;

  Predictor& predictor_;
};

}  // namespace zipdream
