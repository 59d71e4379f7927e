// SPDX-License-Identifier: Apache-2.0
// Predictors of codecs, and what is put around them: a corpus, an alphabet, a window.
#include "generator/decorators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/codecs/names.h"
#include "tests/generator/distribution.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::string_view kText = "the cat sat on the mat, and the cat sat on the ";

class EveryCodecAsPredictor : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Predictor> predictor_ = make_predictor(GetParam(), {});
};

TEST_P(EveryCodecAsPredictor, GivesADistributionWithoutAZero) {
  predictor_->observe(as_bytes(kText));
  expect_distribution(predictor_->log2_probs(), 1e-12);
}

TEST_P(EveryCodecAsPredictor, FollowsTheLengthsOfTheCodecInBytes) {
  PredictorOptions options;
  options.units = Units::kBytes;
  const auto predictor = make_predictor(GetParam(), options);
  predictor->observe(as_bytes(kText));
  const std::vector<double> log2_probs = predictor->log2_probs();
  const auto codec = make_codec(GetParam());
  const auto length = [&](int byte) {
    Bytes text = to_bytes(kText);
    text.push_back(static_cast<Byte>(byte));
    return 8.0 * static_cast<double>(codec->compress(text).size());
  };
  for (int byte = 1; byte < 256; ++byte) {
    EXPECT_NEAR(log2_probs[0] - log2_probs[byte], length(byte) - length(0), 1e-9) << byte;
  }
}

TEST_P(EveryCodecAsPredictor, HasIndependentClones) {
  predictor_->observe(as_bytes(kText));
  const std::vector<double> before = predictor_->log2_probs();
  const auto clone = predictor_->clone();
  EXPECT_EQ(clone->log2_probs(), before);
  clone->update('z');
  EXPECT_EQ(predictor_->log2_probs(), before);
}

TEST_P(EveryCodecAsPredictor, SeesNoDifferenceBetweenObservingAndUpdating) {
  const auto other = predictor_->clone();
  predictor_->observe(as_bytes("abcabc"));
  for (const char c : std::string_view("abcabc")) other->update(static_cast<Byte>(c));
  EXPECT_EQ(predictor_->log2_probs(), other->log2_probs());
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryCodecAsPredictor, testing::ValuesIn(cheap_specs()),
                         [](const auto& test) {
                           return test.param.substr(0, test.param.find(':'));
                         });

TEST(PrimedPredictor, ExpectsARepetitionToGoOn) {
  const auto predictor = make_predictor("gzip:9", {});
  predictor->observe(as_bytes("to be or not to be, to be or not to b"));
  const std::vector<double> log2_probs = predictor->log2_probs();
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != 'e') {
      EXPECT_LT(log2_probs[byte], log2_probs['e']);
    }
  }
}

TEST(RestrictedAlphabet, IsNormalisedOverItsSymbolsAlone) {
  PredictorOptions options;
  options.alphabet = to_bytes("abc");
  const auto predictor = make_predictor("gzip:9", options);
  predictor->observe("abcabcabcab");
  const std::vector<double> log2_probs = predictor->log2_probs();
  ASSERT_EQ(log2_probs.size(), 3U);
  expect_distribution(log2_probs, 1e-12);
  EXPECT_EQ(as_chars(predictor->symbol_bytes(2)), "c");
}

TEST(RestrictedAlphabet, NumbersItsSymbolsAnew) {
  const auto predictor = restrict_alphabet(make_predictor("ppm:2"), to_bytes("aet "));
  const std::vector<Token> tokens = predictor->tokenize(as_bytes("tea"));
  ASSERT_EQ(tokens.size(), 3U);
  EXPECT_EQ(tokens[0].symbol, 2U);
  EXPECT_EQ(tokens[1].symbol, 1U);
  EXPECT_EQ(tokens[2].symbol, 0U);
  EXPECT_THROW(static_cast<void>(predictor->tokenize(as_bytes("tee!"))), Error);
}

TEST(RestrictedAlphabet, SeesAllBytesOfWhatIsObserved) {
  const auto predictor = restrict_alphabet(make_predictor("ppm:3"), to_bytes("xyz"));
  const auto all = make_predictor("ppm:3");
  for (Predictor* each : {predictor.get(), all.get()}) each->observe("1x2y1x2y1");
  const std::vector<Symbol> kept = {'x', 'y', 'z'};
  std::vector<double> among(kept.size());
  all->log2_probs_among(kept, among);
  EXPECT_EQ(predictor->log2_probs(), among);
}

TEST(RestrictedAlphabet, IsForcedThroughSymbolsAsItIsUpdated) {
  for (const char* model : {"ppm:3", "cm", "gzip:1", "residual:left:ppm:2"}) {
    const auto forced = restrict_alphabet(make_predictor(model), to_bytes("abc"));
    const auto updated = forced->clone();
    const std::vector<Symbol> symbols = {0, 1, 2, 0, 1, 0};
    std::size_t at = 0;
    forced->teacher_force(symbols, [&](std::span<const double> log2_probs) {
      EXPECT_EQ(std::vector<double>(log2_probs.begin(), log2_probs.end()), updated->log2_probs())
          << model << " " << at;
      updated->update(symbols[at++]);
    });
    EXPECT_EQ(at, symbols.size()) << model;
  }
}

TEST(RestrictedAlphabet, OfAllBytesIsThePredictorItself) {
  auto predictor = make_predictor("ppm:2");
  const Predictor* const before = predictor.get();
  EXPECT_EQ(restrict_alphabet(std::move(predictor), full_alphabet()).get(), before);
}

TEST(PrimedPredictor, PrimedWithACorpusEqualsOneThatObservedIt) {
  PredictorOptions options;
  options.corpus = to_bytes("she sells sea shells on the sea shore");
  const auto primed = make_predictor("gzip:9", options);
  const auto observing = make_predictor("gzip:9", {});
  observing->observe(options.corpus);
  for (const auto& predictor : {primed.get(), observing.get()})
    predictor->observe(as_bytes(" she sel"));
  EXPECT_EQ(primed->log2_probs(), observing->log2_probs());
}

TEST(LimitedWindow, ForgetsWhatCameBeforeButNotTheCorpus) {
  PredictorOptions options;
  options.corpus = to_bytes("the corpus");
  options.context_window = 10;
  const auto windowed = make_predictor("gzip:9", options);
  windowed->observe(as_bytes("forgotten text and then "));
  for (const char c : std::string_view("0123456789")) windowed->update(static_cast<Byte>(c));
  options.context_window = 0;
  const auto plain = make_predictor("gzip:9", options);
  plain->observe(as_bytes("0123456789"));
  EXPECT_EQ(windowed->log2_probs(), plain->log2_probs());
}

TEST(LimitedWindow, HasIndependentClones) {
  const auto predictor = limit_window(make_predictor("ppm:3"), 4);
  predictor->observe("abcdefgh");
  const auto clone = predictor->clone();
  clone->observe("xyz");
  const auto four = make_predictor("ppm:3");
  four->observe("efgh");
  EXPECT_EQ(predictor->log2_probs(), four->log2_probs());
  EXPECT_NE(clone->log2_probs(), four->log2_probs());
}

TEST(LimitedWindow, OfNoSizeIsThePredictorItself) {
  auto predictor = make_predictor("ppm:2");
  const Predictor* const before = predictor.get();
  EXPECT_EQ(limit_window(std::move(predictor), 0).get(), before);
}

}  // namespace
}  // namespace zipdream
