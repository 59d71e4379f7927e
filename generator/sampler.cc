// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/portable_math.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"

namespace zipdream {
namespace {

// Leaves the `count` most probable symbols, the most probable first, equals in ascending order.
void keep_best(std::span<const double> log2_probs, std::size_t count,
               std::vector<Symbol>& symbols) {
  const auto is_before = [&](Symbol a, Symbol b) {
    return log2_probs[a] > log2_probs[b] || (log2_probs[a] == log2_probs[b] && a < b);
  };
  const auto end = symbols.begin() + static_cast<std::ptrdiff_t>(count);
  if (end != symbols.end()) std::nth_element(symbols.begin(), end, symbols.end(), is_before);
  symbols.erase(end, symbols.end());
  std::sort(symbols.begin(), symbols.end(), is_before);
}

// How many of the ranked symbols make up the share `top_p` of their total mass.
std::size_t count_of_mass(std::span<const double> log2_probs, std::span<const Symbol> ranked,
                          double top_p) {
  double total = 0;
  for (const Symbol symbol : ranked) total += portable_exp2(log2_probs[symbol]);
  double mass = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    mass += portable_exp2(log2_probs[ranked[i]]);
    if (mass >= top_p * total) return i + 1;
  }
  return ranked.size();
}

// The symbols that pass the filters, ascending; never none. Only filters that ask for an order
// sort: an alphabet may have a hundred thousand symbols, and most draws ask for none.
std::vector<Symbol> surviving_symbols(std::span<const double> log2_probs,
                                      const SamplerOptions& options) {
  std::vector<Symbol> kept(log2_probs.size());
  std::iota(kept.begin(), kept.end(), Symbol{0});
  const std::size_t most = options.top_k > 0 ? std::min(kept.size(), options.top_k) : kept.size();
  if (most < kept.size() || options.top_p < 1) {
    keep_best(log2_probs, most, kept);
    if (options.top_p < 1) kept.resize(count_of_mass(log2_probs, kept, options.top_p));
    std::sort(kept.begin(), kept.end());
  }
  if (options.min_p > 0) {
    const double highest = *std::max_element(log2_probs.begin(), log2_probs.end());
    const double lowest = highest + portable_log2(options.min_p);
    std::erase_if(kept, [&](Symbol symbol) { return log2_probs[symbol] < lowest; });
  }
  return kept;
}

}  // namespace

void check_sampler(const SamplerOptions& options) {
  // Written so that NaN fails each test.
  if (!(options.temperature >= 0 && options.temperature <= 1000)) {
    throw Error::of_option("temperature", fmt::format("{}", options.temperature),
                           "must be 0 to 1000", "");
  }
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    throw Error::of_option("top_p", fmt::format("{}", options.top_p),
                           "must be above 0 and at most 1", "");
  }
  if (!(options.min_p == 0 || (options.min_p >= 1e-300 && options.min_p <= 1))) {
    throw Error::of_option("min_p", fmt::format("{}", options.min_p), "must be 0 to 1", "");
  }
}

Symbol sample(std::span<const double> log2_probs, const SamplerOptions& options, double coin) {
  assert(!log2_probs.empty() && coin >= 0 && coin < 1);
  if (options.temperature == 0) {
    const auto best = std::max_element(log2_probs.begin(), log2_probs.end());
    return static_cast<Symbol>(best - log2_probs.begin());
  }
  const std::vector<Symbol> kept = surviving_symbols(log2_probs, options);
  std::vector<double> weights;
  weights.reserve(kept.size());
  double highest = -std::numeric_limits<double>::infinity();
  for (const Symbol symbol : kept) highest = std::max(highest, log2_probs[symbol]);
  double total = 0;
  for (const Symbol symbol : kept) {
    weights.push_back(portable_exp2((log2_probs[symbol] - highest) / options.temperature));
    total += weights.back();
  }
  double position = coin * total;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (position < weights[i]) return kept[i];
    position -= weights[i];
  }
  // Rounding can leave the coin a hair past the end: take the last symbol that has any length.
  std::size_t last = kept.size() - 1;
  while (weights[last] == 0) --last;
  return kept[last];
}

void apply_temperature(std::span<double> log2_probs, double temperature) {
  assert(temperature > 0);
  const double highest = *std::max_element(log2_probs.begin(), log2_probs.end());
  double sum = 0;
  for (double& value : log2_probs) {
    value = (value - highest) / temperature;
    sum += portable_exp2(value);
  }
  const double log2_sum = portable_log2(sum);
  for (double& value : log2_probs) value -= log2_sum;
}

}  // namespace zipdream
