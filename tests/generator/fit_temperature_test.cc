// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/parallel.h"
#include "generator/load_method.h"
#include "tests/generator/search/search_cases.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Drawn from a distribution at a temperature.
Bytes drawn(double temperature, std::size_t count) {
  MarkovPredictor predictor;
  Rng rng(11);
  Bytes bytes;
  std::vector<double> log2_probs(predictor.alphabet_size());
  for (std::size_t i = 0; i < count; ++i) {
    predictor.log2_probs(log2_probs);
    const Symbol symbol = sample(log2_probs, {.temperature = temperature}, rng.uniform());
    predictor.update(symbol);
    bytes.push_back(predictor.symbol_bytes(symbol)[0]);
  }
  return bytes;
}

TEST(FitTemperature, FindsTheTemperatureThatATextWasDrawnAt) {
  for (const double temperature : {0.4, 0.8, 1.0, 1.7, 3.0}) {
    const Bytes text = drawn(temperature, 8000);
    const std::vector<Example> examples = {{{}, text}};
    const TemperatureFit fit = fit_temperature(MarkovPredictor(), examples);
    EXPECT_NEAR(fit.temperature, temperature, 0.15 * temperature);
    EXPECT_EQ(fit.symbols, text.size());
    EXPECT_LE(fit.fitted_bits, fit.bits + 1e-6);
  }
}

TEST(FitTemperature, StaysWithinBoundsWhereThePredictorIsAlwaysRight) {
  const Bytes text = to_bytes(std::string(60, 'c'));
  const std::vector<Example> examples = {{ByteView(text).first(10), ByteView(text).subspan(10)}};
  EXPECT_EQ(fit_temperature(MarkovPredictor(), examples).temperature, 0.1);
}

TEST(FitTemperature, IsTheSameOnAnyNumberOfThreads) {
  const Bytes text =
      to_bytes("one fish two fish red fish blue fish, black fish blue fish, old fish");
  const std::vector<Example> examples = {{ByteView(text).first(30), ByteView(text).subspan(30)},
                                         {ByteView(text).first(20), ByteView(text).subspan(20, 9)}};
  const auto predictor = make_predictor("gzip:9", {});
  std::vector<TemperatureFit> fits;
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    fits.push_back(fit_temperature(*predictor, examples));
  }
  for (const TemperatureFit& fit : fits) {
    EXPECT_EQ(fit.temperature, fits[0].temperature);
    EXPECT_EQ(fit.fitted_bits, fits[0].fitted_bits);
  }
}

TEST(FitTemperature, WantsSomethingToPredict) {
  const Bytes text = to_bytes("abcabcabcabcabc");
  const std::vector<Example> examples = {{{}, text}};
  EXPECT_THROW((void)fit_temperature(MarkovPredictor(), examples), Error);
}

}  // namespace
}  // namespace zipdream
