// SPDX-License-Identifier: Apache-2.0
// The parts of cm:0, whose streams never change (stream_test.cc).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "models/cm/v1/decision.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream::cm_v1 {
namespace {

TEST(CmV1Logistic, GivesTheProbabilityOfEveryLogit) {
  for (int logit = -kMaxLogit; logit <= kMaxLogit; ++logit) {
    EXPECT_NEAR(squash(logit), 65536 / (1 + std::exp(-logit / 256.0)), 0.501) << logit;
    EXPECT_EQ(squash(logit) + squash(-logit), 65536) << logit;
  }
  EXPECT_EQ(squash(100'000), squash(kMaxLogit));
  EXPECT_EQ(squash(-100'000), squash(-kMaxLogit));
}

TEST(CmV1Logistic, GivesTheLogitOfEveryProbability) {
  for (int p = 0; p < 65536; ++p) {
    const int first_of_cell = p / 16 * 16;
    const double middle = (first_of_cell + 8) / 65536.0;
    const double logit = 256 * std::log(middle / (1 - middle));
    const double bounded = std::min(std::max(logit, -2047.0), 2047.0);
    const double step = p > 4096 && p < 61440 ? 1.1 : 13;  // of squash(), coarse at the ends
    ASSERT_NEAR(stretch(p), bounded, step) << p;
  }
}

TEST(CmV1BitHistory, RemembersRunsAndForgetsWhatTheyContradict) {
  EXPECT_LE(bit_history::kTable.size, 256U);
  BitHistory history = 0;
  for (int i = 0; i < 30; ++i) history = history_after(history, true);
  EXPECT_EQ(bit_history::kTable.counts[history].ones, 30);
  EXPECT_EQ(bit_history::kTable.is_one_sided[history], 1);
  history = history_after(history, false);
  EXPECT_EQ(bit_history::kTable.counts[history].zeros, 1);
  EXPECT_LT(bit_history::kTable.counts[history].ones, 10);
  EXPECT_EQ(bit_history::kTable.is_one_sided[history], 0);
}

TEST(CmV1BitHistory, CountsWhatComesInEveryState) {
  for (std::size_t i = 0; i < bit_history::kTable.size; ++i) {
    for (const bool bit : {false, true}) {
      const auto& before = bit_history::kTable.counts[i];
      const auto& after =
          bit_history::kTable.counts[history_after(static_cast<BitHistory>(i), bit)];
      EXPECT_GE(bit ? after.ones : after.zeros, 1) << i;
      EXPECT_LE(bit ? after.zeros : after.ones, bit ? before.zeros : before.ones) << i;
      const bool both = after.zeros > 0 && after.ones > 0;
      EXPECT_EQ(after.last, both && bit) << i;
    }
  }
}

TEST(CmV1AdaptiveProbability, IsTheShareOfOnes) {
  AdaptiveProbability p;
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) p.learn(rng.next() % 10 < 3, 1023);
  EXPECT_NEAR(p.p() / 65536.0, 0.3, 0.03);
  for (int i = 0; i < 100'000; ++i) p.learn(true, 255);
  EXPECT_LT(p.p(), 65536);
  EXPECT_GT(p.p(), 65000);
  for (int i = 0; i < 100'000; ++i) p.learn(false, 255);
  EXPECT_GE(p.p(), 0);
  EXPECT_LT(p.p(), 500);
}

TEST(CmV1Mixer, ComesToTrustWhoIsRight) {
  Mixer mixer(2, 0.3);
  Rng rng(1);
  MixerInputs inputs{};
  std::int32_t last = 0;
  for (int i = 0; i < 4000; ++i) {
    const bool bit = rng.next() % 2 == 0;
    inputs[0] = bit ? 300 : -300;                            // knows
    inputs[7] = rng.next() % 2 == 0 ? 800 : -800;            // guesses
    inputs[15] = static_cast<std::int16_t>(-inputs[0] / 3);  // is always wrong
    last = mixer.mix(inputs, 1) * (bit ? 1 : -1);
    mixer.learn(inputs, 1, ((bit ? 65536 : 0) - squash(mixer.mix(inputs, 1))) / 8);
  }
  EXPECT_GT(last, 500);
  EXPECT_LT(mixer.mix(inputs, 0) * (inputs[0] > 0 ? 1 : -1), 500) << "the other row has learned";
}

TEST(CmV1Mixer, BoundsItsWeights) {
  Mixer mixer(1, 0);
  MixerInputs inputs;
  inputs.fill(kMaxLogit);
  for (int i = 0; i < 1000; ++i) mixer.learn(inputs, 0, 32767);
  EXPECT_EQ(mixer.mix(inputs, 0), kMaxLogit);
  inputs.fill(1);
  EXPECT_NEAR(mixer.mix(inputs, 0), 4 * 16, 1);
  inputs.fill(-kMaxLogit);
  for (int i = 0; i < 1000; ++i) mixer.learn(inputs, 0, 32767);
  inputs.fill(1);
  EXPECT_NEAR(mixer.mix(inputs, 0), -4 * 16, 1);
}

TEST(CmV1Apm, SaysWhatItIsToldUntilItKnowsBetter) {
  Apm apm(3);
  for (int logit = -kMaxLogit; logit <= kMaxLogit; logit += 23) {
    EXPECT_NEAR(Apm::refine(apm.block(1), 5, logit).p, squash(logit), 300) << logit;
  }
  for (int i = 0; i < 2000; ++i) {
    apm.learn(Apm::refine(apm.block(1), 5, 700).cell, i % 2 == 0);
  }
  EXPECT_GT(squash(700), 60'000);
  EXPECT_NEAR(Apm::refine(apm.block(1), 5, 700).p, 32'768, 8000);
  EXPECT_NEAR(Apm::refine(apm.block(1), 4, 700).p, squash(700), 300);
  EXPECT_NEAR(Apm::refine(apm.block(2), 5, 700).p, squash(700), 300);
}

TEST(CmV1Apm, NeverBecomesCertain) {
  Apm apm(1);
  for (const int logit : {-kMaxLogit, 0, kMaxLogit}) {
    for (const bool bit : {true, false}) {
      for (int i = 0; i < 5000; ++i) {
        const auto refined = Apm::refine(apm.block(0), 0, logit);
        ASSERT_GT(refined.p, 0);
        ASSERT_LT(refined.p, 65536);
        apm.learn(refined.cell, bit);
      }
    }
  }
}

TEST(CmV1HistoryTable, FindsWhatWasPut) {
  HistoryTable table(10);
  const std::uint64_t hash = 0x1234567890ABCDEF;
  auto found = table.find(hash);
  EXPECT_EQ(found.slot.histories[3], 0);
  found.slot.histories[3] = 7;
  table.put(found);
  EXPECT_EQ(table.find(hash).slot.histories[3], 7);
  EXPECT_EQ(table.find(hash).place, found.place);
  EXPECT_EQ(table.find(hash ^ std::uint64_t{1} << 60).slot.histories[3], 0);
}

TEST(CmV1HistoryTable, GivesUpTheContextSeenLeast) {
  HistoryTable table(10);
  const auto hash_of = [](std::uint64_t check) { return check << 56 | 0x40; };  // one row
  for (std::uint64_t check = 1; check <= 5; ++check) {
    auto found = table.find(hash_of(check));
    for (std::uint64_t i = 0; i < (check == 2 ? 1 : 9); ++i) {
      found.slot.histories[0] = history_after(found.slot.histories[0], true);
    }
    table.put(found);
  }
  for (std::uint64_t check = 1; check <= 5; ++check) {
    EXPECT_EQ(table.find(hash_of(check)).slot.histories[0] == 0, check == 2) << check;
  }
}

TEST(CmV1Contexts, AreThoseOfTheLastBytesAndWords) {
  const auto after = [](std::string_view text) {
    Contexts contexts;
    for (const Byte byte : to_bytes(text)) contexts.append(byte);
    return contexts;
  };
  const auto same = [&](std::string_view a, std::string_view b) {
    std::string shared;
    for (std::size_t i = 0; i < kContexts; ++i) {
      shared += after(a).hashes()[i] == after(b).hashes()[i] ? '=' : '.';
    }
    return shared;
  };
  //                                                 123456wWsxz
  EXPECT_EQ(same("abcdefgh", "abcdefgh"), "===========");
  EXPECT_EQ(same("Xabcdef.", "Yabcdef."), "=======.===") << "the words before differ";
  EXPECT_EQ(same("-one two", "+one two"), "===========");
  EXPECT_EQ(same("One two", "oNe two"), "=====.=====");
  EXPECT_EQ(same("one TWo", "one two"), "=.....==...") << "words have no case";
}

TEST(CmV1MatchModel, FollowsTheLastPlaceThatWasAlike) {
  MatchModel match;
  Contexts contexts;
  const auto append = [&](std::string_view text) {
    for (const Byte byte : to_bytes(text)) {
      contexts.append(byte);
      match.append(byte, contexts.hashes()[MatchModel::kMinLength - 1]);
    }
  };
  append("the lighthouse, the light");
  EXPECT_TRUE(match.predict(1, 0).has_value());
  unsigned node = 1;
  for (int bits = 0; bits < 8; ++bits) {
    const auto predicted = match.predict(node, bits);
    ASSERT_TRUE(predicted.has_value());
    EXPECT_FALSE(match.predict(node ^ (bits == 0 ? 2 : 1), bits).has_value()) << "it was wrong";
    node = 2 * node + (predicted->bit ? 1 : 0);
  }
  EXPECT_EQ(static_cast<char>(node), 'h');
  append("!");
  EXPECT_FALSE(match.predict(1, 0).has_value());
}

}  // namespace
}  // namespace zipdream::cm_v1
