// SPDX-License-Identifier: Apache-2.0
// The base of the predictors whose 256 symbols are the bytes: those that read a codec's coder
// tables or measure its streams (length_predictor.h), and models of bytes that learn.
#pragma once

#include <cstddef>
#include <span>

#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// What it predicts depends on the bytes observed alone, not on how they were cut into calls. A
// derived class defines observe(), log2_probs_among() and clone().
class BytePredictor : public Predictor {
 public:
  [[nodiscard]] std::size_t alphabet_size() const final { return 256; }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const final;
  void update(Symbol symbol) final { observe(symbol_bytes(symbol)); }
  void log2_probs(std::span<double> out) const final;
  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override = 0;
};

// The symbols 0 to 255.
[[nodiscard]] std::span<const Symbol> all_bytes();

// What log2_probs_among() promises, from weights of all 256 bytes. REQUIRES: the weights are finite
// and above 1e-300; among is not empty; out.size() == among.size().
void normalize(std::span<const double, 256> weights, std::span<const Symbol> among,
               std::span<double> out);

}  // namespace zipdream
