// SPDX-License-Identifier: Apache-2.0
#include "experiments/surprisal_trace.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "generator/score.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

const std::vector<Sequence> kSequences = {{to_bytes("the cat sat, the cat "), 3},
                                          {to_bytes("a dog, a d"), 4}};
const std::vector<Bytes> kContinuations = {to_bytes("sat"), to_bytes("og!?")};

SurprisalTrace of_ppm(std::size_t detailed) {
  return trace_surprisal(*make_predictor("ppm:6", {}), kSequences, kContinuations, detailed, [] {});
}

TEST(SurprisalTrace, HasTheBitsThatScoringHas) {
  const auto model = make_predictor("ppm:6", {});
  const double bits = score_sequences(*model, kSequences, kContinuations, [](double) {});
  const SurprisalTrace trace = of_ppm(100);
  ASSERT_EQ(trace.bits.size(), 7U);
  EXPECT_DOUBLE_EQ(trace.total(), bits);
  EXPECT_DOUBLE_EQ(trace.per_byte(), bits / 7);
}

TEST(SurprisalTrace, RanksAByteByHowManyAreMoreProbable) {
  const SurprisalTrace trace = of_ppm(100);
  for (std::size_t i = 0; i < trace.bits.size(); ++i) {
    const auto& best = trace.alternatives[i];
    ASSERT_EQ(best.size(), kAlternatives);
    for (std::size_t j = 1; j < best.size(); ++j) {
      EXPECT_GE(best[j - 1].log2_prob, best[j].log2_prob);
    }
    const std::uint32_t rank = trace.ranks[i];
    if (rank <= kAlternatives) {
      EXPECT_EQ(best[rank - 1].log2_prob, -trace.bits[i]);
    } else {
      EXPECT_LE(-trace.bits[i], best.back().log2_prob);
    }
  }
  EXPECT_EQ(trace.ranks[0], 1U) << "'s' after 'the cat ' is expected";
  EXPECT_EQ(trace.alternatives[0][0].bytes, to_bytes("s"));
}

TEST(SurprisalTrace, OfEqualsTakesTheSmallestBytesAndRanksThemAlike) {
  const SurprisalTrace trace =
      trace_surprisal(*make_predictor("stored", {}), kSequences, kContinuations, 100, [] {});
  EXPECT_EQ(trace.per_byte(), 8);
  for (std::size_t i = 0; i < trace.bits.size(); ++i) {
    EXPECT_EQ(trace.ranks[i], 1U);
    for (std::size_t j = 0; j < kAlternatives; ++j) {
      EXPECT_EQ(trace.alternatives[i][j].bytes, Bytes{static_cast<Byte>(j)});
    }
  }
}

// Chooses between "a", "b" and "ab" at one, one and two quarters, and takes the longest.
class Pairs final : public Predictor {
 public:
  [[nodiscard]] std::size_t alphabet_size() const override { return kSymbols.size(); }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override { return kSymbols[symbol]; }
  void observe(ByteView /*bytes*/) override {}
  void update(Symbol /*symbol*/) override {}
  void log2_probs(std::span<double> out) const override {
    out[0] = out[1] = -2;
    out[2] = -1;
  }
  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<Pairs>();
  }
  [[nodiscard]] std::vector<Token> tokenize(ByteView bytes) const override {
    std::vector<Token> symbols;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool both = bytes[i] == 'a' && i + 1 < bytes.size() && bytes[i + 1] == 'b';
      if (both) ++i;
      symbols.push_back(both ? Token{2, 2} : Token{bytes[i] == 'a' ? 0U : 1U, 1});
    }
    return symbols;
  }

 private:
  inline static const std::array<Bytes, 3> kSymbols = {to_bytes("a"), to_bytes("b"),
                                                       to_bytes("ab")};
};

TEST(SurprisalTrace, SharesTheBitsOfASymbolAmongItsBytes) {
  const std::vector<Sequence> sequences = {Sequence{.count = 5}};
  const std::vector<Bytes> continuations = {to_bytes("abbab")};
  const SurprisalTrace trace = trace_surprisal(Pairs(), sequences, continuations, 5, [] {});
  EXPECT_EQ(trace.bits, (std::vector<double>{0.5, 0.5, 2, 0.5, 0.5}));
  EXPECT_EQ(trace.ranks, (std::vector<std::uint32_t>{1, 1, 2, 1, 1}));
  EXPECT_EQ(trace.symbol_bytes, (std::vector<std::uint32_t>{2, 1, 2}));
  EXPECT_EQ(trace.alternatives[0][0].bytes, to_bytes("ab"));
  EXPECT_TRUE(trace.alternatives[1].empty()) << "within a symbol nothing was chosen";
  EXPECT_EQ(trace.alternatives[2].size(), 3U);
}

TEST(SurprisalTrace, KeepsTheAlternativesOfTheFirstBytesOnly) {
  EXPECT_TRUE(of_ppm(0).alternatives.empty());
  EXPECT_EQ(of_ppm(5).alternatives.size(), 5U);
  EXPECT_EQ(of_ppm(5).bits, of_ppm(100).bits);
}

TEST(SurprisalCurve, EndsAtTheSumAndAveragesTheLastWindow) {
  std::vector<double> bits(640);
  std::iota(bits.begin(), bits.end(), 0);
  const SurprisalCurve few = surprisal_curve(bits, 10);
  EXPECT_EQ(few.window, 20U);
  ASSERT_EQ(few.points.size(), 10U);
  EXPECT_EQ(few.points[0].position, 64U);
  EXPECT_EQ(few.points[0].cumulative, 63 * 64 / 2);
  EXPECT_EQ(few.points[0].recent, 53.5) << "the mean of 44 to 63";
  EXPECT_EQ(few.points.back().position, 640U);
  EXPECT_EQ(few.points.back().cumulative, 639 * 640 / 2);
}

TEST(SurprisalCurve, HasAPointForEachByteWhereThereAreFew) {
  const SurprisalCurve all = surprisal_curve(std::vector<double>{2, 4}, 10);
  ASSERT_EQ(all.points.size(), 2U);
  EXPECT_EQ(all.points[0].recent, 2);
  EXPECT_EQ(all.points[1].recent, 3);
  EXPECT_TRUE(surprisal_curve({}, 10).points.empty());
}

TEST(SurprisalTrace, TellsWhereTheFirstBytesOfATextComeFrom) {
  const std::vector<Sequence> text = {{.prompt = to_bytes("a mat, a "), .count = 6}};
  const std::vector<Bytes> continuation = {to_bytes("mat, a")};
  const SurprisalTrace trace = trace_surprisal(
      *make_predictor("gzip:9"), text, continuation, 6, [] {}, 4);
  ASSERT_EQ(trace.sources.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(trace.sources[i].list.at(0).at, 2 + i);
    EXPECT_NEAR(std::log2(trace.sources[i].probability), -trace.bits[i], 1e-9);
  }
  EXPECT_TRUE(trace_surprisal(
                  *make_predictor("cm"), text, continuation, 6, [] {}, 4)
                  .sources.empty());
  EXPECT_TRUE(of_ppm(6).sources.empty()) << "nobody asked";
}

}  // namespace
}  // namespace zipdream
