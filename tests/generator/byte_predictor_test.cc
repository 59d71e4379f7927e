// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/generator/distribution.h"
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
  expect_distribution(law(*predictor_), 1e-12);
}

TEST_P(EveryCodecAsPredictor, FollowsTheLengthsOfTheCodecInBytes) {
  PredictorOptions options;
  options.units = Units::kBytes;
  const auto predictor = make_predictor(GetParam(), options);
  predictor->observe(as_bytes(kText));
  const std::vector<double> log2_probs = law(*predictor);
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
  const std::vector<double> before = law(*predictor_);
  const auto clone = predictor_->clone();
  EXPECT_EQ(law(*clone), before);
  clone->update('z');
  EXPECT_EQ(law(*predictor_), before);
}

TEST_P(EveryCodecAsPredictor, SeesNoDifferenceBetweenObservingAndUpdating) {
  const auto other = predictor_->clone();
  predictor_->observe(as_bytes("abcabc"));
  for (const char c : std::string_view("abcabc")) other->update(static_cast<Byte>(c));
  EXPECT_EQ(law(*predictor_), law(*other));
}

std::vector<std::string> codec_names() {
  std::vector<std::string> names;
  for (const CodecInfo& codec : codec_list()) names.emplace_back(codec.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryCodecAsPredictor, testing::ValuesIn(codec_names()),
                         [](const auto& test) { return test.param; });

TEST(PrimedPredictor, ExpectsARepetitionToGoOn) {
  const auto predictor = make_predictor("gzip:9", {});
  predictor->observe(as_bytes("to be or not to be, to be or not to b"));
  const std::vector<double> log2_probs = law(*predictor);
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != 'e') {
      EXPECT_LT(log2_probs[byte], log2_probs['e']);
    }
  }
}

TEST(PrimedPredictor, NormalisesOverItsAlphabetAlone) {
  PredictorOptions options;
  options.alphabet = to_bytes("abc");
  const auto predictor = make_predictor("gzip:9", options);
  predictor->observe(as_bytes("abcabcabcab"));
  const std::vector<double> log2_probs = law(*predictor);
  ASSERT_EQ(log2_probs.size(), 3U);
  EXPECT_NEAR(std::exp2(log2_probs[0]) + std::exp2(log2_probs[1]) + std::exp2(log2_probs[2]), 1,
              1e-12);
  EXPECT_EQ(as_chars(predictor->symbol_bytes(2)), "c");
}

TEST(PrimedPredictor, PrimedWithACorpusEqualsOneThatObservedIt) {
  PredictorOptions options;
  options.corpus = to_bytes("she sells sea shells on the sea shore");
  const auto primed = make_predictor("gzip:9", options);
  const auto observing = make_predictor("gzip:9", {});
  observing->observe(options.corpus);
  for (const auto& predictor : {primed.get(), observing.get()})
    predictor->observe(as_bytes(" she sel"));
  EXPECT_EQ(law(*primed), law(*observing));
}

TEST(PrimedPredictor, WithATailForgetsWhatCameBeforeButNotTheCorpus) {
  PredictorOptions options;
  options.corpus = to_bytes("the corpus");
  options.context_window = 10;
  const auto tailed = make_predictor("gzip:9", options);
  tailed->observe(as_bytes("forgotten text and then "));
  for (const char c : std::string_view("0123456789")) tailed->update(static_cast<Byte>(c));
  options.context_window = 0;
  const auto plain = make_predictor("gzip:9", options);
  plain->observe(as_bytes("0123456789"));
  EXPECT_EQ(law(*tailed), law(*plain));
}

}  // namespace
}  // namespace zipdream
