// SPDX-License-Identifier: Apache-2.0
#include "generator/score.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string_view>
#include <vector>

#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::string_view kContext = "the cat sat on the mat, and the cat sat on the ";

void ignore(double /*bits*/) {}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<double> score_after(std::string_view context, std::string_view text,
                                PredictorOptions options = {}) {
  const auto predictor = make_predictor("gzip:9", std::move(options));
  predictor->observe(as_bytes(context));
  return score(*predictor, as_bytes(text), ignore);
}

TEST(Score, IsWhatThePredictorSaysByteByByte) {
  const auto predictor = make_predictor("gzip:9", {});
  predictor->observe(as_bytes(kContext));
  const std::vector<double> bits = score_after(kContext, "mat.");
  ASSERT_EQ(bits.size(), 4U);
  std::vector<double> log2_probs(predictor->alphabet_size());
  for (std::size_t i = 0; i < 4; ++i) {
    predictor->log2_probs(log2_probs);
    EXPECT_EQ(bits[i], -log2_probs[static_cast<Byte>("mat."[i])]);
    predictor->update(static_cast<Byte>("mat."[i]));
  }
}

TEST(Score, LeavesThePredictorAfterTheBytes) {
  const auto scored = make_predictor("gzip:9", {});
  const auto observed = scored->clone();
  (void)score(*scored, as_bytes("banana"), ignore);
  observed->observe(as_bytes("banana"));
  std::vector<double> a(256);
  std::vector<double> b(256);
  scored->log2_probs(a);
  observed->log2_probs(b);
  EXPECT_EQ(a, b);
}

TEST(Score, ReportsEachByteOnce) {
  const auto predictor = make_predictor("stored", {});
  std::vector<double> seen;
  const std::vector<double> bits =
      score(*predictor, as_bytes("abc"), [&](double value) { seen.push_back(value); });
  EXPECT_EQ(seen, bits);
  EXPECT_EQ(bits, (std::vector<double>{8, 8, 8}));
}

TEST(Score, CountsSymbolsOfASmallAlphabet) {
  PredictorOptions options;
  options.alphabet = to_bytes("abcd");
  const auto predictor = make_predictor("stored", options);
  EXPECT_EQ(sum(score(*predictor, as_bytes("dad"), ignore)), 6);
  EXPECT_EQ(find_unencodable_byte(*predictor, as_bytes("dad")), std::nullopt);
  EXPECT_EQ(find_unencodable_byte(*predictor, as_bytes("dates")), 2U);
}

TEST(Score, OfASequenceCountsWhatIsGivenBetweenItsRunsAsSeen) {
  const std::array sequences = {
      Sequence{to_bytes("the cat "), 5, {to_bytes(" the mat"), to_bytes(" a hat")}, 2}};
  const std::array continuations = {to_bytes("satat")};
  const double expected = sum(score_after("the cat ", "sa")) +
                          sum(score_after("the cat sa the mat", "ta")) +
                          sum(score_after("the cat sa the matta a hat", "t"));
  const double actual =
      score_sequences(*make_predictor("gzip:9", {}), sequences, continuations, ignore);
  EXPECT_NEAR(actual, expected, 1e-9);
}

TEST(Score, OfSequencesIsTheSumOfEachAfterItsOwnPrompt) {
  PredictorOptions options;
  options.corpus = to_bytes("mats and cats and hats. ");
  const std::array sequences = {Sequence{to_bytes("the cat sat"), 4},
                                Sequence{to_bytes("mats and"), 5}};
  const std::array continuations = {to_bytes(" on "), to_bytes(" cats")};
  const auto start = make_predictor("gzip:9", options);
  const double both = sum(score_after("the cat sat", " on ", options)) +
                      sum(score_after("mats and", " cats", options));
  EXPECT_EQ(score_sequences(*start, sequences, continuations, ignore), both);
}

TEST(Score, ExpectsTheObviousContinuation) {
  const double obvious = sum(score_after(kContext, "mat, and"));
  EXPECT_LT(obvious, sum(score_after(kContext, "sofa and")));
  EXPECT_LT(obvious, 8);
}

TEST(AddedLengths, AreWhatTheStreamGrowsBy) {
  const auto codec = make_codec("gzip:9");
  const std::vector<ByteView> targets = {as_bytes("mat, and the cat"), as_bytes("zebra crossing")};
  const std::vector<double> added =
      added_lengths(*codec, Units::kBytes, as_bytes(kContext), targets);
  ASSERT_EQ(added.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    Bytes both = to_bytes(kContext);
    both.insert(both.end(), targets[i].begin(), targets[i].end());
    const auto before = codec->compress(as_bytes(kContext)).size();
    EXPECT_EQ(added[i], 8.0 * static_cast<double>(codec->compress(both).size() - before));
  }
  EXPECT_LT(added[0], added[1]);
}

}  // namespace
}  // namespace zipdream
