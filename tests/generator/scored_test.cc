// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "generator/score.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

TEST(Winners, OfEqualChoicesAreTheFirst) {
  const Scored one = {to_bytes("x"), {1}, std::nullopt};
  EXPECT_EQ(find_winners({one, one}).by_bits, 0U);
  EXPECT_EQ(find_winners({one, one}).by_bits_per_byte, 0U);
}

TEST(Stretches, DoNotOverlap) {
  std::vector<double> bits(400, 1);
  std::fill(bits.begin() + 100, bits.begin() + 132, 9);
  std::fill(bits.begin() + 300, bits.begin() + 332, 0.125);
  const Stretches stretches = find_stretches(bits);
  ASSERT_EQ(stretches.most.size(), 3U);
  EXPECT_EQ(stretches.most[0].begin, 100U);
  EXPECT_EQ(stretches.most[0].size, 32U);
  EXPECT_EQ(stretches.most[0].per_byte, 9);
  EXPECT_EQ(stretches.least[0].begin, 300U);
  EXPECT_EQ(stretches.most[1].per_byte, 1);
}

TEST(ScoredTexts, EachFollowWhatTheModelHasSeen) {
  const auto model = make_predictor("ppm:4");
  model->observe("the cat sat on the mat, the cat sat on the ");
  const std::vector<Bytes> texts = {to_bytes("mat"), to_bytes("dog")};
  const std::vector<Scored> scored = score_texts(*model, texts, [](double /*bits*/) {});
  ASSERT_EQ(scored.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(scored[i].bytes, texts[i]);
    EXPECT_EQ(scored[i].bits, score(*model->clone(), texts[i], [](double /*bits*/) {}));
    EXPECT_FALSE(scored[i].added);
  }
  EXPECT_EQ(find_winners(scored).by_bits, 0U);
}

TEST(ScoredTexts, OfAMixtureGetTheWeightsThatItsMembersHadForEachByte) {
  const Bytes text = to_bytes("abracadabra, abracadabra");
  for (const char* spec : {"mix:cm:1+ppm:2", "avg:cm:1+ppm:2"}) {
    const auto model = make_predictor(spec);
    const Scored scored = score_texts(*model, {{text}}, [](double /*bits*/) {}).front();
    ASSERT_EQ(scored.weights.size(), 2U) << spec;
    const auto updated = model->clone();
    for (std::size_t i = 0; i < text.size(); ++i) {
      updated->update(text[i]);
      for (std::size_t m = 0; m < 2; ++m) {
        EXPECT_EQ(scored.weights[m][i], static_cast<float>(updated->member_weights()[m])) << spec;
      }
    }
  }
}

TEST(ScoredTexts, OfACodecGetWhatItsOwnStreamGrowsBy) {
  const Bytes context = to_bytes("the cat sat on the mat, the cat sat on the ");
  ModelRequest model;
  model.spec = Spec::parse("gzip:9");
  std::vector<Scored> scored = {{to_bytes("mat, the cat"), std::vector<double>(12, 1.0), {}}};
  add_own_lengths(model, Media::kText, context, scored);
  Bytes both = context;
  both.insert(both.end(), scored[0].bytes.begin(), scored[0].bytes.end());
  const auto codec = make_codec("gzip:9");
  ASSERT_TRUE(scored[0].added);
  EXPECT_EQ(*scored[0].added, codec->bits(both, Units::kBits) - codec->bits(context, Units::kBits));
  for (const char* incomparable : {"ppm:4", "gzip:9"}) {
    model.spec = Spec::parse(incomparable);
    model.context_window = 8;
    scored[0].added.reset();
    add_own_lengths(model, Media::kText, context, scored);
    EXPECT_FALSE(scored[0].added) << incomparable;
  }
}

}  // namespace
}  // namespace zipdream
