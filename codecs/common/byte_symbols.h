// SPDX-License-Identifier: Apache-2.0
// Which symbol of an alphabet stands for a byte alone.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

using ByteSymbols = std::array<std::optional<Symbol>, 256>;

// Of a Predictor, or whatever has its alphabet_size() and symbol_bytes().
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
[[nodiscard]] bool has_longer_symbols(const Symbols& symbols) {
  for (std::size_t i = 0; i < symbols.alphabet_size(); ++i) {
    if (symbols.symbol_bytes(static_cast<Symbol>(i)).size() > 1) return true;
  }
  return false;
}

}  // namespace zipdream
