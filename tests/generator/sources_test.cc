// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

constexpr std::size_t kAll = 1 << 20;

// Words that come again, near and far, and a run.
std::string story() {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += "The keeper climbed stair " + std::to_string(i * i) + " and lit the lamp; ";
    if (i % 7 == 0) text += "aaaaaaaaaaaaaaaaaaaa ";
    if (i % 5 == 0) text += "Nobody saw the ship that passed the rocks at night. ";
  }
  return text;
}

class SourcesOf : public testing::TestWithParam<const char*> {};

// The shares of a byte's probability are each a probability of an earlier place that holds the byte
// and has the bytes before it that it says, and sum to what the model says of the byte.
void expect_true(const Predictor& model, ByteView seen, Byte next) {
  const std::optional<Sources> found = model.sources(next, kAll);
  ASSERT_TRUE(found);
  double sum = found->elsewhere + found->others;
  for (const Source& source : found->list) {
    ASSERT_LT(source.at, seen.size());
    ASSERT_EQ(seen[source.at], next);
    ASSERT_GT(source.probability, 0);
    ASSERT_LE(source.agreeing, source.at);
    for (std::size_t i = 1; i <= source.agreeing; ++i) {
      ASSERT_EQ(seen[source.at - i], seen[seen.size() - i]) << i << " before " << source.at;
    }
    sum += source.probability;
  }
  EXPECT_GT(found->elsewhere, 0);
  EXPECT_EQ(found->others, 0);
  EXPECT_NEAR(sum, found->probability, 1e-12 * sum);
  const double probability = std::exp2(model.log2_probs()[next]);
  EXPECT_NEAR(sum, probability, 1e-9 * probability);
}

TEST_P(SourcesOf, EarlierBytesAreEqualAndSumToTheProbability) {
  const std::string text = story();
  const auto model = make_predictor(GetParam());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const ByteView seen = as_bytes(text).first(at);
    if (at < 40 || at % 97 < 3) {
      expect_true(*model, seen, static_cast<Byte>(text[at]));
      if (at % 97 == 0) expect_true(*model, seen, 'e');
    }
    model->update(static_cast<Byte>(text[at]));
  }
}

TEST_P(SourcesOf, AllBytesTogetherAreTheWholeDistribution) {
  const auto model = make_predictor(GetParam());
  model->observe(story());
  double sum = 0;
  for (int byte = 0; byte < 256; ++byte) {
    sum += model->sources(static_cast<Byte>(byte), 4)->probability;
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST_P(SourcesOf, AShortListKeepsTheMostProbableAndTheSum) {
  const auto model = make_predictor(GetParam());
  model->observe(story());
  const Sources all = *model->sources('e', kAll);
  const Sources few = *model->sources('e', 3);
  ASSERT_EQ(few.list.size(), 3U);
  EXPECT_GT(few.others, 0);
  EXPECT_NEAR(few.copied(), all.copied(), 1e-12);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(few.list[i].at, all.list[i].at);
    EXPECT_EQ(few.list[i].probability, all.list[i].probability);
  }
  EXPECT_GE(all.list[0].probability, all.list.back().probability);
}

TEST_P(SourcesOf, WhatIsCopiedComesFromWhereItStood) {
  const std::string once = "Zanzibar quacks at 7 yellow foxes";
  const auto model = make_predictor(GetParam());
  model->observe(story() + once + " and then, much later, ");
  const std::vector<Sources> sources = find_sources(*model, as_bytes(once), 8);
  const std::vector<Passage> passages = find_passages(sources, 10);
  ASSERT_FALSE(passages.empty());
  for (const Passage& passage : passages) {
    EXPECT_EQ(passage.from, story().size() + passage.begin);
    EXPECT_GT(passage.copied, 0.5);
  }
  EXPECT_GT(copied_share(sources), 0.5);
}

TEST_P(SourcesOf, PositionsCountThroughCorpusAndWindow) {
  PredictorOptions options;
  options.corpus = to_bytes("a corpus of mats and cats; ");
  options.context_window = 30;
  const std::string text = "this falls out of the window. The dog sat on the rug, the dog sat";
  const Bytes seen = to_bytes("a corpus of mats and cats; " + text);
  const auto model = make_predictor(Spec::parse(GetParam()), options);
  model->observe(text);
  const std::optional<Sources> found = model->sources(' ', kAll);
  ASSERT_TRUE(found);
  ASSERT_FALSE(found->list.empty());
  bool in_corpus = false;
  for (const Source& source : found->list) {
    ASSERT_LT(source.at, seen.size());
    EXPECT_EQ(seen[source.at], ' ');
    in_corpus |= source.at < options.corpus.size();
    EXPECT_TRUE(source.at < options.corpus.size() || source.at >= seen.size() - 30);
  }
  EXPECT_TRUE(in_corpus);
}

TEST_P(SourcesOf, AnAlphabetOfFewerBytesMakesSharesLarger) {
  PredictorOptions options;
  options.alphabet = to_bytes(" abcdefghijklmnopqrstuvwxyz");
  const auto model = make_predictor(Spec::parse(GetParam()), options);
  const std::string text = "the cat sat on the mat and the ";
  model->observe(text);
  const std::optional<Sources> found = model->sources('c', kAll);
  ASSERT_TRUE(found);
  const double probability = std::exp2(model->log2_probs()[3]);
  EXPECT_NEAR(found->elsewhere + found->copied(), probability, 1e-9 * probability);
  EXPECT_FALSE(model->sources('C', kAll));
}

INSTANTIATE_TEST_SUITE_P(, SourcesOf,
                         testing::Values("gzip:9", "deflate:1", "xz:6", "lzma:1", "zstd:3",
                                         "zstd:19", "ppm:3", "ppm:6"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           name.replace(name.find(':'), 1, "_");
                           return name;
                         });

TEST(Sources, AreThereFarBackAndInLongRuns) {
  std::string text = "The first line of all of them.\n";
  text += std::string(40000, 'x') + "\n" + story() + "The first line of";
  for (const char* spec : {"gzip:9", "xz:1", "zstd:3", "ppm:6"}) {
    const auto model = make_predictor(spec);
    model->observe(text);
    expect_true(*model, as_bytes(text), ' ');
    expect_true(*model, as_bytes(text), 'x');
  }
}

TEST(Sources, OfModelsThatKeepNoTextAreRefused) {
  const auto model = make_predictor("cm");
  EXPECT_FALSE(model->sources('a', 8));
  try {
    (void)find_sources(*model, as_bytes("abc"), 8);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage);
    EXPECT_NE(error.remedy().find("gzip"), std::string::npos);
  }
}

TEST(Sources, OfARequestSeeItsContext) {
  const ScoreRequest request{.model = {.spec = Spec::parse("gzip:9")},
                             .context = to_bytes("a mat, a "),
                             .data = to_bytes("mat")};
  const std::vector<Sources> sources = find_sources(request, 8);
  ASSERT_EQ(sources.size(), 3U);
  EXPECT_EQ(sources[0].list.at(0).at, 2U);
  EXPECT_EQ(sources[2].list.at(0).at, 4U);
}

}  // namespace
}  // namespace zipdream
