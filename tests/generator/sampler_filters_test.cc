// SPDX-License-Identifier: Apache-2.0
// sample() sorts no more than its filters ask for. What it chooses is held against the filters as
// they are described, each over the whole alphabet in order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

#include "base/portable_math.h"
#include "zipdream/generate.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

std::vector<Symbol> by_probability(const std::vector<double>& log2_probs) {
  std::vector<Symbol> ranked(log2_probs.size());
  std::iota(ranked.begin(), ranked.end(), Symbol{0});
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](Symbol a, Symbol b) { return log2_probs[a] > log2_probs[b]; });
  return ranked;
}

void keep_mass(const std::vector<double>& log2_probs, double top_p, std::vector<Symbol>& ranked) {
  double total = 0;
  for (const Symbol symbol : ranked) total += portable_exp2(log2_probs[symbol]);
  double mass = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    mass += portable_exp2(log2_probs[ranked[i]]);
    if (mass >= top_p * total) {
      ranked.resize(i + 1);
      return;
    }
  }
}

// All symbols in order, then each filter in turn.
std::vector<Symbol> filtered(const std::vector<double>& log2_probs, const SamplerOptions& options) {
  std::vector<Symbol> kept = by_probability(log2_probs);
  const double highest = log2_probs[kept.front()];
  if (options.top_k > 0) kept.resize(std::min(kept.size(), options.top_k));
  if (options.top_p < 1) keep_mass(log2_probs, options.top_p, kept);
  if (options.min_p > 0) {
    const double lowest = highest + portable_log2(options.min_p);
    std::erase_if(kept, [&](Symbol symbol) { return log2_probs[symbol] < lowest; });
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

Symbol sample_slowly(const std::vector<double>& log2_probs, const SamplerOptions& options,
                     double coin) {
  if (options.temperature == 0) return by_probability(log2_probs).front();
  const std::vector<Symbol> kept = filtered(log2_probs, options);
  double highest = -std::numeric_limits<double>::infinity();
  for (const Symbol symbol : kept) highest = std::max(highest, log2_probs[symbol]);
  std::vector<double> weights;
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
  std::size_t last = kept.size() - 1;
  while (weights[last] == 0) --last;
  return kept[last];
}

// Of 1 to 300 symbols, now and then of many; with few different probabilities or many, so that
// there are equals on both sides of every cut.
std::vector<double> random_distribution(Rng& rng) {
  const bool is_large = rng.next() % 64 == 0;
  std::vector<double> log2_probs(1 + rng.next() % (is_large ? 20000 : 300));
  const double grain = std::exp2(static_cast<double>(rng.next() % 12) - 8);  // 1/256 to 8 bits
  const double spread = std::exp2(static_cast<double>(rng.next() % 11));     // 1 to 1024 bits
  for (double& value : log2_probs) value = -std::floor(rng.uniform() * spread / grain) * grain;
  apply_temperature(log2_probs, 1);
  return log2_probs;
}

SamplerOptions random_options(Rng& rng, std::size_t alphabet_size) {
  constexpr double kTemperatures[] = {0, 1e-300, 0.1, 0.7, 1, 1, 1, 1.3, 10, 1000};
  constexpr double kShares[] = {1e-300, 1e-9, 0.01, 0.05, 0.5, 0.9, 0.999, 1 - 1e-15, 1};
  SamplerOptions options;
  options.temperature = kTemperatures[rng.next() % std::size(kTemperatures)];
  if (rng.next() % 2 == 0) options.top_k = rng.next() % (alphabet_size + 3);
  if (rng.next() % 2 == 0) options.top_p = kShares[rng.next() % std::size(kShares)];
  if (rng.next() % 2 == 0) options.min_p = kShares[rng.next() % std::size(kShares)];
  return options;
}

TEST(SampleWithFilters, ChoosesWhatTheyWouldLeaveOfTheWholeAlphabetInOrder) {
  Rng rng(7);
  for (int i = 0; i < 1500; ++i) {
    const std::vector<double> log2_probs = random_distribution(rng);
    const SamplerOptions options = random_options(rng, log2_probs.size());
    check_sampler(options);
    for (const double coin : {0.0, rng.uniform(), rng.uniform(), std::nextafter(1.0, 0.0)}) {
      ASSERT_EQ(sample(log2_probs, options, coin), sample_slowly(log2_probs, options, coin))
          << log2_probs.size() << " symbols, temperature " << options.temperature << ", top_k "
          << options.top_k << ", top_p " << options.top_p << ", min_p " << options.min_p
          << ", coin " << coin;
    }
  }
}

TEST(SampleWithoutFilters, ChoosesWhatOneThatSortsTheAlphabetWould) {
  Rng rng(8);
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> log2_probs = random_distribution(rng);
    const double coin = rng.uniform();
    ASSERT_EQ(sample(log2_probs, {}, coin), sample_slowly(log2_probs, {}, coin));
  }
}

}  // namespace
}  // namespace zipdream
