// SPDX-License-Identifier: Apache-2.0
#include "generator/predictor.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "generator/byte_symbols.h"

namespace zipdream {

std::vector<SpelledSymbol> Predictor::spell(ByteView bytes) const {
  const ByteSymbols symbols = byte_symbols(*this);
  std::vector<SpelledSymbol> spelling;
  spelling.reserve(bytes.size());
  for (const Byte byte : bytes) {
    if (!symbols[byte]) throw Error(fmt::format("the model has no symbol for byte {}", byte));
    spelling.push_back({*symbols[byte], 1});
  }
  return spelling;
}

void Predictor::follow(std::span<const Symbol> symbols, const OnLaw& visit) {
  std::vector<double> log2_probs_here(alphabet_size());
  for (const Symbol symbol : symbols) {
    check_interrupt();
    log2_probs(log2_probs_here);
    visit(log2_probs_here);
    update(symbol);
  }
}

}  // namespace zipdream
