// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "base/portable_math.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"

namespace zipdream {
namespace {

// The highest number: as std::max_element, by chains that don't wait for one another.
double highest_of(std::span<const double> values) {
  constexpr std::size_t kChains = 8;
  std::array<double, kChains> tops;
  tops.fill(values.front());
  std::size_t i = 0;
  for (; i + kChains <= values.size(); i += kChains) {
    for (std::size_t j = 0; j < kChains; ++j) {
      tops[j] = tops[j] < values[i + j] ? values[i + j] : tops[j];
    }
  }
  for (; i < values.size(); ++i) tops[0] = std::max(tops[0], values[i]);
  return *std::max_element(tops.begin(), tops.end());
}

// Up to so many symbols a filter that asks for an order sorts them; of more it sorts only those at
// its cut, which it finds by classes of about equal probability.
constexpr std::size_t kMaxSorted = 4096;
constexpr std::size_t kClasses = 4096;
constexpr double kClassesPerBit = 64;

// Classes are fallen through in order: what is in a lower one is more probable.
std::size_t class_of(double log2_p) {
  const double place = -log2_p * kClassesPerBit;
  return place < kClasses - 1 ? static_cast<std::size_t>(std::max(place, 0.0)) : kClasses - 1;
}

// The most probable first, equals in ascending order.
class IsBefore {
 public:
  explicit IsBefore(std::span<const double> log2_probs) : log2_probs_(log2_probs) {}
  bool operator()(Symbol a, Symbol b) const {
    return log2_probs_[a] > log2_probs_[b] || (log2_probs_[a] == log2_probs_[b] && a < b);
  }

 private:
  std::span<const double> log2_probs_;
};

// The symbols of a distribution from the most probable on, as far as they were asked for.
struct Ranking {
  std::vector<Symbol> kept;  // all that are before those in `cut`, ascending
  std::vector<Symbol> cut;   // those at the cut, the most probable first
};

// The symbols of the classes before `last`, and of that one, in order.
Ranking rank_to(std::span<const double> log2_probs, std::size_t last) {
  Ranking ranking;
  for (std::size_t i = 0; i < log2_probs.size(); ++i) {
    const std::size_t its = class_of(log2_probs[i]);
    if (its > last) continue;
    (its < last ? ranking.kept : ranking.cut).push_back(static_cast<Symbol>(i));
  }
  std::sort(ranking.cut.begin(), ranking.cut.end(), IsBefore(log2_probs));
  return ranking;
}

// The first `count` of the cut join the others.
std::vector<Symbol> take(Ranking ranking, std::size_t count) {
  auto& kept = ranking.kept;
  kept.insert(kept.end(), ranking.cut.begin(),
              ranking.cut.begin() + static_cast<std::ptrdiff_t>(count));
  std::sort(kept.end() - static_cast<std::ptrdiff_t>(count), kept.end());
  std::inplace_merge(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(count), kept.end());
  return std::move(kept);
}

// The `count` most probable symbols of many, ascending.
std::vector<Symbol> best_of_many(std::span<const double> log2_probs, std::size_t count) {
  std::vector<std::size_t> sizes(kClasses);
  for (const double log2_p : log2_probs) ++sizes[class_of(log2_p)];
  std::size_t before = 0;
  std::size_t last = 0;
  while (before + sizes[last] < count) before += sizes[last++];
  return take(rank_to(log2_probs, last), count - before);
}

// The fewest most probable symbols of many that make up the share `top_p` of the mass, ascending.
// Masses are summed up by classes.
std::vector<Symbol> mass_of_many(std::span<const double> log2_probs, double top_p) {
  std::vector<double> probs(log2_probs.begin(), log2_probs.end());
  portable_exp2(probs);
  std::vector<double> masses(kClasses);
  for (std::size_t i = 0; i < probs.size(); ++i) masses[class_of(log2_probs[i])] += probs[i];
  const double wanted = top_p * std::accumulate(masses.begin(), masses.end(), 0.0);
  double mass = 0;
  std::size_t last = 0;
  while (last + 1 < kClasses && mass + masses[last] < wanted) mass += masses[last++];
  Ranking ranking = rank_to(log2_probs, last);
  std::size_t count = 0;
  while (count < ranking.cut.size() && (mass < wanted || (ranking.kept.empty() && count == 0))) {
    mass += probs[ranking.cut[count++]];
  }
  return take(std::move(ranking), count);
}

// Leaves the `count` most probable symbols, the most probable first, equals in ascending order.
void keep_best(std::span<const double> log2_probs, std::size_t count,
               std::vector<Symbol>& symbols) {
  const IsBefore is_before(log2_probs);
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

std::vector<Symbol> all_symbols(std::size_t count) {
  std::vector<Symbol> symbols(count);
  std::iota(symbols.begin(), symbols.end(), Symbol{0});
  return symbols;
}

// What top_k and top_p leave, ascending.
std::vector<Symbol> most_probable(std::span<const double> log2_probs,
                                  const SamplerOptions& options) {
  const std::size_t size = log2_probs.size();
  const std::size_t most = options.top_k > 0 ? std::min(size, options.top_k) : size;
  std::vector<Symbol> kept;
  if (most == size && size > kMaxSorted) return mass_of_many(log2_probs, options.top_p);
  if (most < size && size > kMaxSorted) kept = best_of_many(log2_probs, most);
  if (kept.empty()) kept = all_symbols(size);
  if (options.top_p < 1) {
    keep_best(log2_probs, most, kept);
    kept.resize(count_of_mass(log2_probs, kept, options.top_p));
    std::sort(kept.begin(), kept.end());
  } else if (kept.size() > most) {
    keep_best(log2_probs, most, kept);
    std::sort(kept.begin(), kept.end());
  }
  return kept;
}

// The symbols that pass the filters, ascending; never none. REQUIRES: there are filters.
std::vector<Symbol> surviving_symbols(std::span<const double> log2_probs,
                                      const SamplerOptions& options) {
  const double lowest = options.min_p > 0 ? highest_of(log2_probs) + portable_log2(options.min_p)
                                          : -std::numeric_limits<double>::infinity();
  const bool is_ranked =
      options.top_p < 1 || (options.top_k > 0 && options.top_k < log2_probs.size());
  std::vector<Symbol> kept;
  if (is_ranked) {
    kept = most_probable(log2_probs, options);
    std::erase_if(kept, [&](Symbol symbol) { return log2_probs[symbol] < lowest; });
    return kept;
  }
  for (std::size_t i = 0; i < log2_probs.size(); ++i) {
    if (log2_probs[i] >= lowest) kept.push_back(static_cast<Symbol>(i));
  }
  return kept;
}

// One of the numbers' places, by their size after the temperature: 2^(log2_p / temperature).
std::size_t sample_among(std::vector<double> log2_probs, double temperature, double coin) {
  const double highest = highest_of(log2_probs);
  for (double& value : log2_probs) value = (value - highest) / temperature;
  portable_exp2(log2_probs);
  const std::vector<double>& weights = log2_probs;
  double total = 0;
  for (const double weight : weights) total += weight;
  double position = coin * total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (position < weights[i]) return i;
    position -= weights[i];
  }
  // Rounding can leave the coin a hair past the end: take the last symbol that has any length.
  std::size_t last = weights.size() - 1;
  while (weights[last] == 0) --last;
  return last;
}

double entropy_of(std::span<const double> log2_probs) {
  std::vector<double> probs(log2_probs.begin(), log2_probs.end());
  portable_exp2(probs);
  double entropy = 0;
  for (std::size_t i = 0; i < probs.size(); ++i) entropy -= probs[i] * log2_probs[i];
  return entropy;
}

double temperature_of(std::span<const double> log2_probs, const SamplerOptions& options) {
  constexpr double kUnsure = 6;  // bits
  if (!options.unsure_temperature) return options.temperature;
  const double share = std::clamp(entropy_of(log2_probs) / kUnsure, 0.0, 1.0);
  return options.temperature + share * (*options.unsure_temperature - options.temperature);
}

void check_temperature(const char* option, double temperature) {
  // Written so that NaN fails.
  if (temperature >= 0 && temperature <= 1000) return;
  throw Error::of_option(option, fmt::format("{}", temperature), "must be 0 to 1000", "");
}

}  // namespace

void check_sampler(const SamplerOptions& options) {
  check_temperature("temperature", options.temperature);
  check_temperature("unsure_temperature", options.unsure_temperature.value_or(0));
  // Written so that NaN fails each test.
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
  const double temperature = temperature_of(log2_probs, options);
  if (temperature == 0) {
    const auto best = std::find(log2_probs.begin(), log2_probs.end(), highest_of(log2_probs));
    return static_cast<Symbol>(best - log2_probs.begin());
  }
  const bool is_filtered = options.top_k > 0 || options.top_p < 1 || options.min_p > 0;
  if (!is_filtered) {
    return static_cast<Symbol>(
        sample_among({log2_probs.begin(), log2_probs.end()}, temperature, coin));
  }
  const std::vector<Symbol> kept = surviving_symbols(log2_probs, options);
  std::vector<double> theirs;
  theirs.reserve(kept.size());
  for (const Symbol symbol : kept) theirs.push_back(log2_probs[symbol]);
  return kept[sample_among(std::move(theirs), temperature, coin)];
}

void apply_temperature(std::span<double> log2_probs, double temperature) {
  assert(temperature > 0);
  const double highest = highest_of(log2_probs);
  for (double& value : log2_probs) value = (value - highest) / temperature;
  std::vector<double> probs(log2_probs.begin(), log2_probs.end());
  portable_exp2(probs);
  double sum = 0;
  for (const double prob : probs) sum += prob;
  const double log2_sum = portable_log2(sum);
  for (double& value : log2_probs) value -= log2_sum;
}

}  // namespace zipdream
