// SPDX-License-Identifier: Apache-2.0
#include "generator/search/scorer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/generator/search/search_cases.h"

namespace zipdream {
namespace {

// A scorer of lengths and one of probabilities, after "ab".
std::vector<std::unique_ptr<Scorer>> both_kinds() {
  std::vector<std::unique_ptr<Scorer>> scorers;
  scorers.push_back(SearchCase{.prompt = "", .corpus = to_bytes("abcabbcacbcacbabc")}.scorer());
  scorers.push_back(make_predictor_scorer(std::make_unique<MarkovPredictor>()));
  for (const auto& scorer : scorers) scorer->append(as_bytes("ab"));
  return scorers;
}

std::vector<double> bits_with(const Scorer& scorer) {
  std::vector<double> bits(scorer.alphabet_size());
  scorer.bits_with(bits);
  return bits;
}

TEST(Scorer, MeasuresCandidatesAsSymbolAfterSymbol) {
  const Bytes paths = to_bytes("a abca abcb abc cb abca ccccc ");
  std::vector<ByteView> candidates;
  for (auto begin = paths.begin(), end = begin; begin != paths.end(); begin = end + 1) {
    end = std::find(begin, paths.end(), ' ');
    candidates.emplace_back(begin, end);
  }
  for (const auto& scorer : both_kinds()) {
    std::vector<double> bits(candidates.size());
    scorer->bits_after(candidates, bits);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const auto clone = scorer->clone();
      double sum = 0;
      for (const Byte byte : candidates[i]) {
        const auto symbol = static_cast<Symbol>(byte - 'a');
        sum = bits_with(*clone)[symbol];
        clone->update(symbol, sum);
      }
      EXPECT_NEAR(bits[i], sum, 1e-9) << as_chars(candidates[i]);
    }
  }
}

TEST(Scorer, HasIndependentClones) {
  for (const auto& scorer : both_kinds()) {
    const std::vector<double> before = bits_with(*scorer);
    const auto clone = scorer->clone();
    clone->update(1, before[1]);
    EXPECT_NE(bits_with(*clone), before);
    EXPECT_EQ(bits_with(*scorer), before);
  }
}

TEST(Scorer, OfAPredictorSumsItsBits) {
  const MarkovPredictor predictor;
  const auto scorer = make_predictor_scorer(predictor.clone());
  scorer->append(as_bytes("c"));
  const Bytes path = to_bytes("abcab");
  const ByteView candidate = path;
  double bits = 0;
  scorer->bits_after({&candidate, 1}, {&bits, 1});
  EXPECT_NEAR(bits, predictor.bits("c", as_chars(path)), 1e-9);
}

}  // namespace
}  // namespace zipdream
