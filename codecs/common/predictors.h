// SPDX-License-Identifier: Apache-2.0
// What predictors share: the base class of those whose symbols are the bytes, and which symbols of
// an alphabet stand for a byte alone. predictors.cc also defines the defaults of Predictor
// (zipdream/predictor.h).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// The base of the predictors whose 256 symbols are the bytes: those that read a codec's coder
// tables or measure its streams, and models of bytes that learn. What a BytePredictor predicts
// depends on the bytes observed alone, not on how they were cut into calls. A derived class defines
// observe(), log2_probs_among() and clone().
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

// ---- bytes as symbols, of a Predictor or whatever has its alphabet_size() and symbol_bytes() ----

using ByteSymbols = std::array<std::optional<Symbol>, 256>;

// The symbol that stands for each byte alone.
template <typename Symbols>
[[nodiscard]] ByteSymbols byte_symbols(const Symbols& symbols) {
  ByteSymbols result;
  for (std::size_t i = 0; i < symbols.alphabet_size(); ++i) {
    const auto symbol = static_cast<Symbol>(i);
    const ByteView bytes = symbols.symbol_bytes(symbol);
    if (bytes.size() == 1) result[bytes[0]] = symbol;
  }
  return result;
}

// Whether symbol b is byte b, for all 256 and no more.
template <typename Symbols>
[[nodiscard]] bool is_bytewise(const Symbols& symbols) {
  if (symbols.alphabet_size() != 256) return false;
  for (std::size_t i = 0; i < 256; ++i) {
    const ByteView bytes = symbols.symbol_bytes(static_cast<Symbol>(i));
    if (bytes.size() != 1 || bytes[0] != i) return false;
  }
  return true;
}

// Whether some symbol stands for more than a byte, as tokens do.
template <typename Symbols>
[[nodiscard]] bool is_subword(const Symbols& symbols) {
  for (std::size_t i = 0; i < symbols.alphabet_size(); ++i) {
    if (symbols.symbol_bytes(static_cast<Symbol>(i)).size() > 1) return true;
  }
  return false;
}

// What Predictor::sources() gives, of weights whose sum over all bytes is `total`. `from` are all
// earlier bytes that may have one, each with its weight as the probability; `elsewhere` the weight
// of the rest.
[[nodiscard]] Sources sources_by_weight(std::vector<Source> from, double elsewhere, double total,
                                        std::size_t max_sources);

}  // namespace zipdream
