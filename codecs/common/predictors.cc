// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/predictors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "base/portable_math.h"
#include "base/process.h"
#include "zipdream/error.h"

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

Sources sources_by_weight(std::vector<Source> from, double elsewhere, double total,
                          std::size_t max_sources) {
  Sources sources;
  sources.elsewhere = elsewhere / total;
  std::erase_if(from, [](const Source& source) { return source.probability == 0; });
  double all = 0;
  for (Source& source : from) {
    source.probability /= total;
    all += source.probability;
  }
  sources.probability = sources.elsewhere + all;
  const auto first = [](const Source& a, const Source& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.at > b.at;
  };
  const auto count = static_cast<std::ptrdiff_t>(std::min(max_sources, from.size()));
  std::partial_sort(from.begin(), from.begin() + count, from.end(), first);
  // Not by subtraction, which would leave rounding errors where nothing is left.
  for (auto other = from.begin() + count; other != from.end(); ++other) {
    sources.others += other->probability;
  }
  from.resize(static_cast<std::size_t>(count));
  sources.list = std::move(from);
  return sources;
}

// ---- the defaults of Predictor ----

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

void Predictor::score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) {
  std::size_t at = 0;
  teacher_force(symbols,
                [&](std::span<const double> log2_probs) { visit(log2_probs[symbols[at++]]); });
}

void Predictor::update_each(std::span<Predictor* const> predictors, std::span<const Symbol> symbols,
                            std::span<double> out) const {
  const std::size_t size = alphabet_size();
  assert(symbols.size() == predictors.size() && out.size() == size * predictors.size());
  for (std::size_t i = 0; i < predictors.size(); ++i) {
    predictors[i]->update(symbols[i]);
    predictors[i]->log2_probs(out.subspan(i * size, size));
  }
}

}  // namespace zipdream
