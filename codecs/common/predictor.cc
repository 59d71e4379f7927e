// SPDX-License-Identifier: Apache-2.0
#include "zipdream/predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/interrupt.h"
#include "base/portable_math.h"
#include "codecs/common/byte_symbols.h"
#include "zipdream/error.h"

namespace zipdream {

std::vector<double> Predictor::log2_probs() const {
  std::vector<double> out(alphabet_size());
  log2_probs(out);
  return out;
}

void Predictor::log2_probs_among(std::span<const Symbol> among, std::span<double> out) const {
  assert(!among.empty() && out.size() == among.size());
  const std::vector<double> all = log2_probs();
  for (std::size_t i = 0; i < among.size(); ++i) out[i] = all[among[i]];
  if (among.size() == all.size()) return;
  double sum = 0;
  for (const double value : out) sum += portable_exp2(value);
  const double log2_sum = portable_log2(sum);
  for (double& value : out) value = std::min(value - log2_sum, 0.0);
}

std::vector<Token> Predictor::tokenize(ByteView bytes) const {
  const ByteSymbols symbols = byte_symbols(*this);
  std::vector<Token> tokens;
  tokens.reserve(bytes.size());
  for (const Byte byte : bytes) {
    if (!symbols[byte]) throw Error(fmt::format("the model has no symbol for byte {}", byte));
    tokens.push_back({*symbols[byte], 1});
  }
  return tokens;
}

void Predictor::teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                                    const OnLog2Probs& visit) {
  std::vector<double> before(among.empty() ? alphabet_size() : among.size());
  for (const Symbol symbol : symbols) {
    check_interrupt();
    if (visit && among.empty()) log2_probs(before);
    if (visit && !among.empty()) log2_probs_among(among, before);
    if (visit) visit(before);
    update(symbol);
  }
}

}  // namespace zipdream
