// SPDX-License-Identifier: Apache-2.0
// The parts of context mixing, and what only the whole has. What it promises as every model does is
// in learning_model_test.cc, and that its streams stay in stream_test.cc.
#include "models/cm/cm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "models/cm/bit_history.h"
#include "models/cm/contexts.h"
#include "models/cm/logistic.h"
#include "models/cm/match.h"
#include "models/cm/mixing.h"
#include "models/cm/tables.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream::cm {
namespace {

TEST(Logistic, GivesTheProbabilityOfEveryLogit) {
  for (int logit = -kMaxLogit; logit <= kMaxLogit; ++logit) {
    const double exact = 65536 / (1 + std::exp(-logit / 256.0));
    EXPECT_NEAR(squash(logit), std::clamp(exact, 1.0, 65535.0), 0.501) << logit;
    EXPECT_EQ(squash(logit) + squash(-logit), 65536) << logit;
  }
}

TEST(Logistic, GivesTheLogitOfEveryProbability) {
  for (int p = 0; p < 65536; ++p) {
    const double middle = (p / 16 * 16 + 8) / 65536.0;
    const double logit = 256 * std::log(middle / (1 - middle));
    const double bounded = std::clamp(logit, -double{kMaxInput}, double{kMaxInput});
    const double step = p > 4096 && p < 61440 ? 1.1 : 13;  // of squash(), coarse at the ends
    ASSERT_NEAR(stretch_input(p) / kInputScale, bounded, step) << p;
  }
}

TEST(BitHistory, RemembersTheFirstBitsInTheirOrder) {
  EXPECT_LE(bit_history::kTable.size, 256U);
  const auto after = [](std::string_view bits) {
    BitHistory history = 0;
    for (const char bit : bits) history = history_after(history, bit == '1');
    return history;
  };
  EXPECT_NE(after("0110"), after("0101"));
  EXPECT_NE(after("0011"), after("0101"));
}

TEST(BitHistory, RemembersRunsAndForgetsWhatTheyContradict) {
  BitHistory history = 0;
  for (int i = 0; i < 25; ++i) history = history_after(history, true);
  EXPECT_EQ(bit_history::kTable.states[history].ones, 25);
  EXPECT_EQ(bit_history::kTable.is_one_sided[history], 1);
  history = history_after(history, false);
  EXPECT_EQ(bit_history::kTable.states[history].zeros, 1);
  EXPECT_LT(bit_history::kTable.states[history].ones, 10);
  EXPECT_EQ(bit_history::kTable.is_one_sided[history], 0);
}

TEST(BitHistory, CountsWhatComesInEveryState) {
  for (std::size_t i = 0; i < bit_history::kTable.size; ++i) {
    for (const bool bit : {false, true}) {
      const auto& before = bit_history::kTable.states[i];
      const auto& after =
          bit_history::kTable.states[history_after(static_cast<BitHistory>(i), bit)];
      EXPECT_GE(bit ? after.ones : after.zeros, 1) << i;
      EXPECT_LE(bit ? after.zeros : after.ones, bit ? before.zeros : before.ones) << i;
    }
  }
}

TEST(AdaptiveProbability, IsTheShareOfOnes) {
  AdaptiveProbability p;
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) p.learn(rng.next() % 10 < 3, 1023);
  EXPECT_NEAR(p.p() / 65536.0, 0.3, 0.03);
  for (const bool bit : {true, false}) {
    for (int i = 0; i < 100'000; ++i) p.learn(bit, 255);
    EXPECT_GE(p.p(), 0);
    EXPECT_LT(p.p(), 65536);
    EXPECT_NEAR(p.p(), bit ? 65536 : 0, 600);
  }
}

// What the vectors of a processor do, in plain C++.
TEST(Expectations, SpeakAsLongAsTheByteGoesTheirWay) {
  constexpr std::size_t kCount = 11;
  Rng rng(2);
  for (int round = 0; round < 200; ++round) {
    Expectations<kCount> expected;
    for (std::size_t i = 0; i < kCount; ++i) {
      const auto byte = static_cast<unsigned>(rng.next() % 3 == 0 ? 0 : 256 + rng.next() % 256);
      expected.set(i, byte, static_cast<std::int16_t>(i + 1), static_cast<std::int16_t>(-100 - i));
    }
    expected.set_rest();
    const auto byte = static_cast<unsigned>(expected.byte(round % kCount) % 256);
    for (int bits = 0; bits < 8; ++bits) {
      const unsigned node = (byte | 256U) >> (8 - bits);
      MixerInputs<16> inputs;
      expected.set_inputs(node, bits, inputs.values.data());
      for (std::size_t i = 0; i < 16; ++i) {
        std::int32_t input = 0;
        if (i < kCount && expected.byte(i) >> (8 - bits) == node) {
          input = bits == 0 ? static_cast<int>(i) + 1 : -100 - static_cast<int>(i);
          if ((expected.byte(i) >> (7 - bits) & 1) == 0) input = -input;
        }
        EXPECT_EQ(inputs.values[i], input) << i << " after " << bits;
      }
    }
  }
  Expectations<1> one;
  one.set(0, 256U | 0b1010'0000, 1, 1);
  EXPECT_EQ(one.right_decisions(0, 0b1010'0000), 8);
  EXPECT_EQ(one.right_decisions(0, 0b1010'0001), 7);
  EXPECT_EQ(one.right_decisions(0, 0b0010'0000), 0);
}

TEST(Mixer, MixesAndLearnsAsItsDefinitionSays) {
  constexpr std::size_t kInputs = 24;
  Rng rng(1);
  const auto any = [&](int bound) {
    return static_cast<std::int16_t>(static_cast<int>(rng.next() % (2 * bound + 1)) - bound);
  };
  for (int round = 0; round < 2000; ++round) {
    MixerInputs<kInputs> in;
    Mixer<kInputs>::Row row;
    for (std::int16_t& value : in.values) value = any(kMaxInput * kInputScale);
    for (std::int16_t& weight : row.weights) weight = any(32767);
    const std::int32_t step = any(32767);
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < kInputs; i += 2) {
      sum += (in.values[i] * row.weights[i] + in.values[i + 1] * row.weights[i + 1]) >> 8;
    }
    EXPECT_EQ(row.mix(in), std::clamp(sum >> 9, -kMaxInput, kMaxInput));
    Mixer<kInputs>::Row expected = row;
    for (std::size_t i = 0; i < kInputs; ++i) {
      const std::int32_t moved = row.weights[i] + ((in.values[i] * step + (1 << 15)) >> 16);
      expected.weights[i] = static_cast<std::int16_t>(std::clamp(moved, -32768, 32767));
    }
    row.learn(in, step);
    EXPECT_EQ(row.weights, expected.weights);
  }
}

TEST(Mixer, ComesToTrustWhoIsRight) {
  Mixer<16> mixer(2, std::vector<std::int16_t>(16, 5000));
  Rng rng(1);
  MixerInputs<16> inputs{};
  std::int32_t last = 0;
  for (int i = 0; i < 4000; ++i) {
    const bool bit = rng.next() % 2 == 0;
    inputs.values[0] = bit ? 2400 : -2400;                                 // knows
    inputs.values[7] = rng.next() % 2 == 0 ? 6400 : -6400;                 // guesses
    inputs.values[15] = static_cast<std::int16_t>(-inputs.values[0] / 3);  // is always wrong
    auto& row = mixer.edit_block(0, 2)[1];
    last = row.mix(inputs) * (bit ? 1 : -1);
    row.learn(inputs, ((bit ? 65536 : 0) - squash(row.mix(inputs))) / 4);
  }
  EXPECT_GT(last, 500);
  const std::int32_t other = mixer.block(0, 2)[0].mix(inputs);
  EXPECT_LT(other * (inputs.values[0] > 0 ? 1 : -1), 500) << "the other row has learned";
}

TEST(FinalMixer, BoundsItsWeights) {
  FinalMixer<3> mixer(1);
  const FinalMixer<3>::Logits logits = {kMaxInput, kMaxInput, -kMaxInput};
  for (int i = 0; i < 1000; ++i) mixer.edit_block(0, 1)->learn(logits, 65535);
  EXPECT_EQ(mixer.block(0, 1)->mix({100, 100, -100}), 300);
  EXPECT_EQ(mixer.block(0, 1)->mix(logits), kMaxLogit);
}

TEST(Apm, SaysWhatItIsToldUntilItKnowsBetter) {
  Apm apm(3);
  const auto refined = [&](std::size_t block, std::size_t situation, int logit) {
    return Apm::Place(logit).refine(apm.block(block), situation);
  };
  for (int logit = -kMaxInput; logit <= kMaxInput; logit += 23) {
    EXPECT_NEAR(refined(1, 5, logit), squash(logit), 400) << logit;
  }
  const Apm::Learner learner(apm, apm.block(1));
  for (int i = 0; i < 2000; ++i) learner.learn(Apm::Place(700).cell(5), i % 2 == 0);
  EXPECT_NEAR(refined(1, 5, 700), 32'768, 9000);
  EXPECT_NEAR(refined(1, 4, 700), squash(700), 400);
  EXPECT_NEAR(refined(2, 5, 700), squash(700), 400);
}

TEST(Apm, NeverBecomesCertain) {
  Apm apm(1);
  for (const int logit : {-kMaxLogit, 0, kMaxLogit}) {
    for (const bool bit : {true, false}) {
      for (int i = 0; i < 5000; ++i) {
        const Apm::Place place(logit);
        const std::int32_t refined = place.refine(apm.block(0), 0);
        ASSERT_GT(refined, 0);
        ASSERT_LT(refined, 65536);
        Apm::Learner(apm, apm.block(0)).learn(place.cell(0), bit);
      }
    }
  }
}

template <typename Slot>
typename SlotTable<Slot>::Found find_in(const SlotTable<Slot>& table, std::uint64_t hash) {
  typename SlotTable<Slot>::Found found;
  table.find(hash, found);
  return found;
}

TEST(HistoryTable, FindsWhatWasPut) {
  HistoryTable table(18);
  const std::uint64_t hash = 0x1234567890ABCDEF;
  auto found = find_in(table, hash);
  EXPECT_EQ(found.slot.histories[3], 0);
  found.slot.histories[3] = 7;
  table.put(found);
  EXPECT_EQ(find_in(table, hash).slot.histories[3], 7);
  EXPECT_EQ(find_in(table, hash).place, found.place);
  EXPECT_EQ(find_in(table, hash ^ std::uint64_t{1} << 60).slot.histories[3], 0);
}

TEST(HistoryTable, GivesUpTheContextSeenLeast) {
  HistoryTable table(18);
  const auto hash_of = [](std::uint64_t check) { return check << 56 | 0x40; };  // one row
  for (std::uint64_t check = 1; check <= 5; ++check) {
    auto found = find_in(table, hash_of(check));
    for (std::uint64_t i = 0; i < (check == 2 ? 1 : 9); ++i) {
      found.slot.histories[0] = history_after(found.slot.histories[0], true);
    }
    table.put(found);
  }
  for (std::uint64_t check = 1; check <= 5; ++check) {
    EXPECT_EQ(find_in(table, hash_of(check)).slot.histories[0] == 0, check == 2) << check;
  }
}

template <typename Table, typename Mark, typename IsMarked>
void expect_kept_as_it_grows(Table table, Mark mark, IsMarked is_marked) {
  const auto hash = [](std::uint64_t i) { return i * 0x9E3779B97F4A7C15U; };
  for (std::uint64_t i = 1; i <= 100; ++i) mark(table, hash(i));
  table.end_byte(4096);
  for (std::uint64_t i = 1; i <= 100; ++i) EXPECT_TRUE(is_marked(table, hash(i))) << i;
  for (std::uint64_t i = 1; i <= 50; ++i) mark(table, hash(i));
  table.end_byte(std::uint64_t{1} << 20);
  for (std::uint64_t i = 1; i <= 50; ++i) EXPECT_TRUE(is_marked(table, hash(i))) << i;
}

TEST(Tables, KeepWhatTheyHoldWhenTheyGrow) {
  expect_kept_as_it_grows(
      HistoryTable(20),
      [](HistoryTable& table, std::uint64_t hash) {
        auto found = find_in(table, hash);
        found.slot.histories[2] = 9;
        table.put(found);
      },
      [](const HistoryTable& table, std::uint64_t hash) {
        return find_in(table, hash).slot.histories[2] == 9;
      });
  expect_kept_as_it_grows(
      CounterTable(18),
      [](CounterTable& table, std::uint64_t hash) {
        auto found = find_in(table, hash);
        found.slot.counters[2].learn(true);
        table.put(found);
      },
      [](const CounterTable& table, std::uint64_t hash) {
        return !find_in(table, hash).slot.counters[2].is_new();
      });
  expect_kept_as_it_grows(
      RunTable(20), [](RunTable& table, std::uint64_t hash) { table.learn(table.find(hash), 'x'); },
      [](const RunTable& table, std::uint64_t hash) { return table.find(hash).run.byte == 'x'; });
}

TEST(Counter, IsTheShareOfOnes) {
  Counter counter;
  EXPECT_TRUE(counter.is_new());
  for (int i = 0; i < 400; ++i) counter.learn(i % 4 == 0);
  EXPECT_NEAR(counter.p() / 65536.0, 0.25, 0.1);
  for (int i = 0; i < 400; ++i) counter.learn(true);
  EXPECT_GT(counter.p(), 64000);
  EXPECT_LT(counter.p(), 65536);
}

TEST(RunTable, CountsHowOftenAByteCameInARow) {
  RunTable runs(18);
  const auto learn = [&](std::uint8_t byte) { runs.learn(runs.find(77), byte); };
  for (int i = 0; i < 300; ++i) learn('a');
  EXPECT_EQ(runs.find(77).run.count, 255);
  learn('b');
  EXPECT_EQ(runs.find(77).run.byte, 'b');
  EXPECT_EQ(runs.find(77).run.count, 1);
}

TEST(Contexts, AreThoseOfTheLastBytesAndWordsAndLines) {
  const auto after = [](std::string_view text) {
    Contexts contexts;
    for (const Byte byte : to_bytes(text)) contexts.append(byte);
    return contexts;
  };
  const auto same = [&](Context context, std::string_view a, std::string_view b) {
    return after(a).hash(context) == after(b).hash(context);
  };
  EXPECT_TRUE(same(Context::kOrder6, "Xabcdef", "Yabcdef"));
  EXPECT_FALSE(same(Context::kOrder8, "Xabcdef", "Yabcdef"));
  EXPECT_TRUE(same(Context::kWord, "-one twO", "+One TWO"));
  EXPECT_FALSE(same(Context::kTwoWords, "ona two", "one two"));
  EXPECT_TRUE(same(Context::kWordAndSecond, "one two three", "one six three"));
  EXPECT_TRUE(same(Context::kSparse23, "abcX", "abcY"));
  EXPECT_TRUE(same(Context::kFollowers1, "ab ac a", "xb ab ac a"));
  EXPECT_FALSE(same(Context::kFollowers1, "ab ac a", "ac ab a"));
  EXPECT_TRUE(same(Context::kAbove, "one\non", "xxe\nan"));
  EXPECT_FALSE(same(Context::kAbove, "one\non", "xxf\nan"));
  EXPECT_TRUE(same(Context::kClasses, "A1,x", "B2;x"));
  EXPECT_EQ(after("one\nfour").column(), 4U);
  EXPECT_EQ(after(std::string(1000, 'x')).column(), Contexts::kMaxColumn);
}

class MatchTest : public testing::Test {
 protected:
  void append(std::string_view text) {
    for (const Byte byte : to_bytes(text)) {
      contexts_.append(byte);
      text_.append(byte);
      match_.end_byte(text_.end(), contexts_.hash_of_last(6));
      match_.append(text_);
    }
  }

  Contexts contexts_;
  History text_;
  MatchModel match_{6};
};

TEST_F(MatchTest, FollowsTheLastPlaceThatWasAlike) {
  append("the lighthouse, the light");
  EXPECT_EQ(match_.expected_byte(), unsigned{'h'});
  const std::int32_t before = match_.p();
  match_.learn(true);
  EXPECT_GT(match_.p(), before);
  match_.learn(false);
  match_.learn(false);
  EXPECT_LT(match_.p(), before);
}

TEST_F(MatchTest, ForgivesAMissAfterALongMatchAlone) {
  append("the light of the house by the sea, ");
  append("the light of the house by the Sea");
  EXPECT_EQ(match_.expected_byte(), unsigned{','}) << "it goes on behind the S";
  append("; the light!");
  EXPECT_EQ(match_.length_class(), 0U);
}

// Rows of `columns` bytes, seven of ten as the byte above, the others at random.
Bytes rows(std::size_t columns, std::size_t size) {
  Rng rng(columns);
  Bytes made;
  for (std::size_t i = 0; i < size; ++i) {
    const bool is_kept = i >= columns && rng.uniform() < 0.7;
    made.push_back(is_kept ? made[i - columns] : static_cast<Byte>(256 * rng.uniform()));
  }
  return made;
}

TEST(Records, AreFoundWithTheirColumnsAndWhatStandsAbove) {
  for (const std::size_t columns : {2U, 13U, 216U, 511U}) {
    const Bytes text = rows(columns, 20'000);
    Records records;
    for (const Byte byte : text) records.append(byte);
    ASSERT_EQ(records.length(), columns);
    ASSERT_EQ(records.column(), text.size() % columns);
    EXPECT_EQ(records.above(1), text[text.size() - columns]);
    EXPECT_EQ(records.above(1, 1), text[text.size() - columns + 1]);
    EXPECT_EQ(records.above(2), text[text.size() - 2 * columns]);
  }
}

TEST(Records, EndWhereOthersBegin) {
  Records records;
  for (const Byte byte : rows(20, 10'000)) records.append(byte);
  EXPECT_EQ(records.length(), 20U);
  for (const Byte byte : rows(31, 10'000)) records.append(byte);
  EXPECT_EQ(records.length(), 31U);
  for (const Byte byte : text_like(20'000)) records.append(byte);
  EXPECT_EQ(records.length(), 0U);
}

TEST(Records, AreNoLinesAndNoText) {
  Records of_lines;
  for (int i = 0; i < 2000; ++i) {
    for (const char c : std::string_view("| 17 | lines |\n")) of_lines.append(static_cast<Byte>(c));
    ASSERT_EQ(of_lines.length(), 0U) << i;
  }
  Records of_text;
  for (const Byte byte : text_like(30'000)) {
    of_text.append(byte);
    ASSERT_EQ(of_text.length(), 0U);
  }
}

// Their entropy is 3.28 bits per byte.
TEST(Cm, KnowsWhatStandsAboveInRecords) {
  const Bytes table = rows(60, 30'000);
  const auto bits_per_byte = [&](const char* codec) {
    return make_codec(codec)->bits(table, Units::kBits) / static_cast<double>(table.size());
  };
  EXPECT_LT(bits_per_byte("arith:cm"), 4.5) << "4.65 by the last bytes alone";
  EXPECT_LT(bits_per_byte("arith:cm:9"), 4.1) << "4.33 by the last bytes alone";
}

TEST(Cm, HasLevelsFrom0To9) {
  EXPECT_THROW(static_cast<void>(make_predictor("cm:10", {})), Error);
  EXPECT_THROW(static_cast<void>(make_predictor("cm:x", {})), Error);
  EXPECT_THROW(static_cast<void>(make_predictor("cm:level=-1", {})), Error);
  EXPECT_EQ(Spec::parse("cm").canonical(), "cm:4");
}

TEST(Cm, HasADistributionAtEveryLevel) {
  const Bytes text = text_like(3000, 1);
  for (int level = 0; level <= 9; ++level) {
    const std::string spec = "cm:" + std::to_string(level);
    const auto model = make_predictor(spec, {});
    model->observe(text);
    expect_distribution(model->log2_probs());
    const auto codec = make_codec("arith:" + spec);
    EXPECT_EQ(codec->decompress(codec->compress(text), text.size()), text) << spec;
  }
}

TEST(Cm, KnowsMoreAtHigherLevels) {
  const Bytes data = concat(text_like(60'000, 3), binary_like(60'000, 3));
  const auto bits = [&](const std::string& spec) {
    return make_codec("arith:" + spec)->bits(data, Units::kBits);
  };
  EXPECT_LT(bits("cm"), bits("cm:0"));
  EXPECT_LT(bits("cm:9"), bits("cm"));
}

const std::string_view kEnglish =
    "The captain of the ship had seen a light on the coast and asked which of the two towers it "
    "was. "
    "Most of the sailors thought that it was the northern one, because it was higher than the "
    "other; "
    "some said that there was no light at all in the south, and that the lamp had not been used "
    "since "
    "the end of the war.";

TEST(CmPrior, ShortensAShortEnglishText) {
  const auto bits = [&](const std::string& spec) {
    return make_codec("arith:" + spec)->bits(as_bytes(kEnglish), Units::kBits);
  };
  EXPECT_LT(bits("cm:prior=english"), 0.7 * bits("cm"));
  EXPECT_LT(bits("cm:9,prior=english"), 0.7 * bits("cm:9"));
  EXPECT_EQ(bits("cm:prior=off"), bits("cm"));
}

TEST(CmPrior, BeginsAlikeEachTime) {
  const auto code = [] {
    return make_codec("arith:cm:prior=english")->compress(as_bytes(kEnglish));
  };
  const Bytes first = code();
  make_predictor("cm:1,prior=english", {})->observe(as_bytes(kEnglish));  // another level's
  EXPECT_EQ(code(), first);
  EXPECT_EQ(make_codec("arith:cm:prior=english")->decompress(first, kEnglish.size()),
            Bytes(as_bytes(kEnglish).begin(), as_bytes(kEnglish).end()));
}

TEST(CmPrior, CountsAsParametersOfTwoBytes) {
  EXPECT_EQ(make_predictor("cm", {})->parameter_count(), 0U);
  const auto model = make_predictor("cm:prior=english", {});
  EXPECT_EQ(model->parameter_count(), (kEnglishPrior.size() + 1) / 2);
  EXPECT_LE(kEnglishPrior.size(), 65536U);
  model->observe(as_bytes(kEnglish));
  EXPECT_EQ(model->parameter_count(), (kEnglishPrior.size() + 1) / 2)
      << "what is read is not learnt";
}

TEST(CmPrior, IsNoneOfLevel0) {
  try {
    (void)make_predictor("cm:0,prior=english", {});
    FAIL() << "it was made";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("level 0 has no prior"), std::string::npos);
  }
  EXPECT_THROW((void)make_predictor("cm:prior=german", {}), Error);
}

TEST(Cm, KnowsTextsAsWellAfterALongRun) {
  const auto cm = make_codec("arith:cm");
  const Bytes text = text_like(30'000, 3);
  const Bytes run(300'000, 0);
  const double alone = cm->bits(text, Units::kBits);
  const double after = cm->bits(concat(run, text), Units::kBits) - cm->bits(run, Units::kBits);
  EXPECT_LT(after, 1.05 * alone);
}

TEST(Cm, CompressesBetterThanPpm) {
  const auto cm = make_codec("arith:cm");
  const auto ppm = make_codec("arith:ppm");
  for (const auto make : {text_like, binary_like}) {
    const Bytes data = make(40'000, 3);
    EXPECT_LT(cm->bits(data, Units::kBits), 1.02 * ppm->bits(data, Units::kBits));
  }
}

}  // namespace
}  // namespace zipdream::cm
