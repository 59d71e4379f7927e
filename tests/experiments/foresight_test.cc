// SPDX-License-Identifier: Apache-2.0
#include "experiments/foresight.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "generator/score.h"
#include "models/registry.h"

namespace zipdream {
namespace {

const std::vector<Strand> kStrands = {{to_bytes("the cat sat, the cat "), 3},
                                      {to_bytes("a dog, a d"), 4}};
const std::vector<Bytes> kContinuations = {to_bytes("sat"), to_bytes("og!?")};

Foresight of_ppm(std::size_t detailed) {
  return foresee(*make_model("ppm:6", {}), kStrands, kContinuations, detailed, [] {});
}

TEST(Foresight, HasTheBitsThatScoringHas) {
  const auto model = make_model("ppm:6", {});
  const double bits = score_strands(*model, kStrands, kContinuations, [](double) {});
  const Foresight foresight = of_ppm(100);
  ASSERT_EQ(foresight.bits.size(), 7U);
  EXPECT_DOUBLE_EQ(foresight.total(), bits);
  EXPECT_DOUBLE_EQ(foresight.per_byte(), bits / 7);
}

TEST(Foresight, RanksAByteByHowManyAreMoreProbable) {
  const Foresight foresight = of_ppm(100);
  for (std::size_t i = 0; i < foresight.bits.size(); ++i) {
    const auto& best = foresight.alternatives[i];
    ASSERT_EQ(best.size(), kAlternatives);
    for (std::size_t j = 1; j < best.size(); ++j) {
      EXPECT_GE(best[j - 1].log2_prob, best[j].log2_prob);
    }
    const std::uint32_t rank = foresight.ranks[i];
    if (rank <= kAlternatives) {
      EXPECT_EQ(best[rank - 1].log2_prob, -foresight.bits[i]);
    } else {
      EXPECT_LE(-foresight.bits[i], best.back().log2_prob);
    }
  }
  EXPECT_EQ(foresight.ranks[0], 1U) << "'s' after 'the cat ' is expected";
  EXPECT_EQ(foresight.alternatives[0][0].bytes, to_bytes("s"));
}

TEST(Foresight, OfEqualsTakesTheSmallestBytesAndRanksThemAlike) {
  const Foresight foresight =
      foresee(*make_model("stored", {}), kStrands, kContinuations, 100, [] {});
  EXPECT_EQ(foresight.per_byte(), 8);
  for (std::size_t i = 0; i < foresight.bits.size(); ++i) {
    EXPECT_EQ(foresight.ranks[i], 1U);
    for (std::size_t j = 0; j < kAlternatives; ++j) {
      EXPECT_EQ(foresight.alternatives[i][j].bytes, Bytes{static_cast<Byte>(j)});
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
  [[nodiscard]] std::vector<SpelledSymbol> spell(ByteView bytes) const override {
    std::vector<SpelledSymbol> symbols;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool both = bytes[i] == 'a' && i + 1 < bytes.size() && bytes[i + 1] == 'b';
      if (both) ++i;
      symbols.push_back(both ? SpelledSymbol{2, 2} : SpelledSymbol{bytes[i] == 'a' ? 0U : 1U, 1});
    }
    return symbols;
  }

 private:
  inline static const std::array<Bytes, 3> kSymbols = {to_bytes("a"), to_bytes("b"),
                                                       to_bytes("ab")};
};

TEST(Foresight, SharesTheBitsOfASymbolAmongItsBytes) {
  const std::vector<Strand> strands = {Strand{.count = 5}};
  const std::vector<Bytes> continuations = {to_bytes("abbab")};
  const Foresight foresight = foresee(Pairs(), strands, continuations, 5, [] {});
  EXPECT_EQ(foresight.bits, (std::vector<double>{0.5, 0.5, 2, 0.5, 0.5}));
  EXPECT_EQ(foresight.ranks, (std::vector<std::uint32_t>{1, 1, 2, 1, 1}));
  EXPECT_EQ(foresight.symbol_bytes, (std::vector<std::uint32_t>{2, 1, 2}));
  EXPECT_EQ(foresight.alternatives[0][0].bytes, to_bytes("ab"));
  EXPECT_TRUE(foresight.alternatives[1].empty()) << "within a symbol nothing was chosen";
  EXPECT_EQ(foresight.alternatives[2].size(), 3U);
}

TEST(Foresight, KeepsTheAlternativesOfTheFirstBytesOnly) {
  EXPECT_TRUE(of_ppm(0).alternatives.empty());
  EXPECT_EQ(of_ppm(5).alternatives.size(), 5U);
  EXPECT_EQ(of_ppm(5).bits, of_ppm(100).bits);
}

TEST(Curve, EndsAtTheSumAndAveragesTheLastWindow) {
  std::vector<double> bits(640);
  std::iota(bits.begin(), bits.end(), 0);
  const Curve few = curve(bits, 10);
  EXPECT_EQ(few.window, 20U);
  ASSERT_EQ(few.points.size(), 10U);
  EXPECT_EQ(few.points[0].position, 64U);
  EXPECT_EQ(few.points[0].cumulative, 63 * 64 / 2);
  EXPECT_EQ(few.points[0].recent, 53.5) << "the mean of 44 to 63";
  EXPECT_EQ(few.points.back().position, 640U);
  EXPECT_EQ(few.points.back().cumulative, 639 * 640 / 2);
}

TEST(Curve, HasAPointForEachByteWhereThereAreFew) {
  const Curve all = curve(std::vector<double>{2, 4}, 10);
  ASSERT_EQ(all.points.size(), 2U);
  EXPECT_EQ(all.points[0].recent, 2);
  EXPECT_EQ(all.points[1].recent, 3);
  EXPECT_TRUE(curve({}, 10).points.empty());
}

}  // namespace
}  // namespace zipdream
