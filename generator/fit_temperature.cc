// SPDX-License-Identifier: Apache-2.0
#include "generator/fit_temperature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "base/parallel.h"
#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kFewestSymbols = 16;
constexpr double kMinTemperature = 0.1;  // the loss has no minimum where the model is always right
constexpr double kMaxTemperature = 10;
constexpr int kSteps = 32;  // of the search; each makes its interval 0.618 times as long

// A distribution and what came.
struct Outcome {
  std::vector<double> log2_probs;
  Symbol symbol = 0;
};

// In the predictor's own tokens.
std::vector<Outcome> token_outcomes_of(const Predictor& start, const Example& example) {
  std::vector<Outcome> outcomes;
  const std::unique_ptr<Predictor> predictor = start.clone();
  predictor->observe(example.context);
  std::vector<Symbol> symbols;
  for (const auto& [symbol, bytes] : predictor->tokenize(example.predicted))
    symbols.push_back(symbol);
  predictor->teacher_force(symbols, [&](std::span<const double> before) {
    outcomes.push_back({{before.begin(), before.end()}, symbols[outcomes.size()]});
  });
  return outcomes;
}

// Bytes that have no symbol are passed over.
std::vector<Outcome> outcomes_of(const Predictor& start, const ByteSymbols& symbols,
                                 const Example& example) {
  std::vector<Outcome> outcomes;
  const std::unique_ptr<Predictor> predictor = start.clone();
  predictor->observe(example.context);
  for (const Byte& byte : example.predicted) {
    check_interrupt();
    if (symbols[byte]) {
      outcomes.push_back({std::vector<double>(predictor->alphabet_size()), *symbols[byte]});
      predictor->log2_probs(outcomes.back().log2_probs);
    }
    predictor->observe({&byte, 1});
  }
  return outcomes;
}

// The mean of -log2 P(symbol) at a temperature of 1 / `sharpness`.
double loss(std::span<const Outcome> outcomes, double sharpness) {
  std::vector<double> losses(outcomes.size());
  parallel_for(outcomes.size(), 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::vector<double>& log2_probs = outcomes[i].log2_probs;
      const double highest = *std::max_element(log2_probs.begin(), log2_probs.end());
      double sum = 0;
      for (const double value : log2_probs) sum += portable_exp2((value - highest) * sharpness);
      losses[i] = portable_log2(sum) - (log2_probs[outcomes[i].symbol] - highest) * sharpness;
    }
  });
  double sum = 0;
  for (const double value : losses) sum += value;
  return sum / static_cast<double>(outcomes.size());
}

// Golden-section search. The loss is convex in the sharpness, a log of a sum of exponentials less a
// line, so it has one minimum.
double best_sharpness(std::span<const Outcome> outcomes) {
  constexpr double kGolden = 0.6180339887498949;
  double low = 1 / kMaxTemperature;
  double high = 1 / kMinTemperature;
  double a = high - kGolden * (high - low);
  double b = low + kGolden * (high - low);
  double loss_a = loss(outcomes, a);
  double loss_b = loss(outcomes, b);
  for (int i = 0; i < kSteps; ++i) {
    if (loss_a <= loss_b) {
      high = b;
      b = a;
      loss_b = loss_a;
      a = high - kGolden * (high - low);
      loss_a = loss(outcomes, a);
    } else {
      low = a;
      a = b;
      loss_a = loss_b;
      b = low + kGolden * (high - low);
      loss_b = loss(outcomes, b);
    }
  }
  return (low + high) / 2;
}

double with_three_digits(double value) {
  const double unit = value < 1 ? 1000 : 100;
  return std::nearbyint(value * unit) / unit;
}

}  // namespace

TemperatureFit fit_temperature(const Predictor& start, std::span<const Example> examples) {
  const bool is_in_alphabet = is_subword(start);
  const ByteSymbols symbols = byte_symbols(start);
  std::vector<std::vector<Outcome>> parts(examples.size());
  parallel_for(examples.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      parts[i] = is_in_alphabet ? token_outcomes_of(start, examples[i])
                                : outcomes_of(start, symbols, examples[i]);
    }
  });
  std::vector<Outcome> outcomes;
  for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(outcomes));
  if (outcomes.size() < kFewestSymbols) {
    throw Error::of_option("temperature", "auto", "there is too little to fit it on",
                           "give a longer prompt, or a number");
  }
  const double temperature = with_three_digits(1 / best_sharpness(outcomes));
  return {.temperature = temperature,
          .symbols = outcomes.size(),
          .bits = loss(outcomes, 1),
          .fitted_bits = loss(outcomes, 1 / temperature)};
}

}  // namespace zipdream
