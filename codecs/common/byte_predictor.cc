// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/byte_predictor.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>

#include "base/portable_math.h"

namespace zipdream {
namespace {

template <typename Number>
std::array<Number, 256> numbered() {
  std::array<Number, 256> numbers;
  std::iota(numbers.begin(), numbers.end(), Number{0});
  return numbers;
}

}  // namespace

ByteView BytePredictor::symbol_bytes(Symbol symbol) const {
  static const std::array<Byte, 256> bytes = numbered<Byte>();
  assert(symbol < bytes.size());
  return {&bytes[symbol], 1};
}

void BytePredictor::log2_probs(std::span<double> out) const { log2_probs_among(all_bytes(), out); }

std::span<const Symbol> all_bytes() {
  static const std::array<Symbol, 256> symbols = numbered<Symbol>();
  return symbols;
}

void normalize(std::span<const double, 256> weights, std::span<const Symbol> among,
               std::span<double> out) {
  assert(!among.empty() && out.size() == among.size());
  double sum = 0;
  for (const Symbol byte : among) sum += weights[byte];
  const double log2_sum = portable_log2(sum);
  for (std::size_t i = 0; i < among.size(); ++i) {
    out[i] = std::min(0.0, portable_log2(weights[among[i]]) - log2_sum);
  }
}

}  // namespace zipdream
