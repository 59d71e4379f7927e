// SPDX-License-Identifier: Apache-2.0
#include "training/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "models/tokenizers/tokenizer.h"
#include "models/tokenizers/train_bpe.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

TrainingPlan plan_for(std::size_t context) {
  TrainingPlan plan;
  plan.files = {"text"};
  plan.model = named_model("modern", "200k");
  plan.model.context_length = context;
  plan.model.begin_of_text = 0;
  plan.warmup_seq_len = 4;
  plan.batch = 64;
  plan.steps = 10;
  plan.held_out = 0.25;
  return plan;
}

// `count` bytes of one letter.
Bytes letters(char letter, std::size_t count) { return Bytes(count, static_cast<Byte>(letter)); }

Bytes first_then(const Bytes& first, const Bytes& then) {
  Bytes both = first;
  both.insert(both.end(), then.begin(), then.end());
  return both;
}

std::size_t count_of(const Batch& batch, char letter) {
  return static_cast<std::size_t>(std::ranges::count(batch.targets, letter));
}

TEST(Corpus, ReadsTheSameAtAStepWheneverItIsAsked) {
  Bytes text;
  for (int i = 0; i < 4000; ++i) text.push_back(static_cast<Byte>(i * i >> 3));
  const Corpus one({text}, nullptr, plan_for(16));
  const Corpus other({text}, nullptr, plan_for(16));
  EXPECT_EQ(one.batch(3).targets, other.batch(3).targets);
  EXPECT_NE(one.batch(3).targets, one.batch(4).targets);
  TrainingPlan reseeded = plan_for(16);
  reseeded.seed = 2;
  EXPECT_NE(Corpus({text}, nullptr, reseeded).batch(3).targets, one.batch(3).targets);
}

TEST(Corpus, ShiftsInputsByOneBehindTheBeginOfText) {
  Bytes text;
  for (int i = 0; i < 1000; ++i) text.push_back(static_cast<Byte>('a' + i % 23));
  const Batch batch = Corpus({text}, nullptr, plan_for(16)).batch(0);
  ASSERT_EQ(batch.length, 4U);
  ASSERT_EQ(batch.inputs.size(), 64U);
  for (std::size_t i = 0; i < batch.inputs.size(); ++i) {
    EXPECT_EQ(batch.inputs[i], i % 4 == 0 ? 0 : batch.targets[i - 1]);
  }
}

TEST(Corpus, ReadsWholeContextsAtTheEnd) {
  const Corpus corpus({letters('a', 1000)}, nullptr, plan_for(16));
  EXPECT_EQ(corpus.batch(6).length, 4U);
  EXPECT_EQ(corpus.batch(7).length, 16U);
  EXPECT_EQ(corpus.batch(7).targets.size(), 64U);
}

TEST(Corpus, BeginsSequencesWhereRecordsBegin) {
  Bytes text;  // records of 24 bytes, which all begin with an a
  for (std::size_t i = 0; i < 24 * 40; ++i) text.push_back(i % 24 == 0 ? 'a' : 'b');
  TrainingPlan plan = plan_for(16);
  plan.align = 24;
  const Corpus corpus({text}, nullptr, plan);
  const Batch batch = corpus.batch(0);
  for (std::size_t i = 0; i < batch.targets.size(); i += batch.length) {
    EXPECT_EQ(batch.targets[i], 'a');
  }
  EXPECT_EQ(count_of(batch, 'a'), batch.targets.size() / batch.length);
  EXPECT_EQ(corpus.held_out_count() % 24, 0U);
}

TEST(Corpus, NeverLearnsWhatIsHeldOut) {
  const Corpus corpus({first_then(letters('l', 750), letters('h', 250))}, nullptr, plan_for(16));
  EXPECT_EQ(corpus.held_out_count(), 250U);
  for (std::size_t step = 0; step < 10; ++step) EXPECT_EQ(count_of(corpus.batch(step), 'h'), 0U);
  const std::vector<Batch> held_out = corpus.held_out(100, 16);
  ASSERT_EQ(held_out.size(), 1U);
  EXPECT_EQ(count_of(held_out[0], 'h'), held_out[0].targets.size());
  EXPECT_LE(held_out[0].targets.size(), 100U);
}

TEST(Corpus, CountsATextNamedTwiceTwice) {
  const Bytes a = letters('a', 2000);
  TrainingPlan plan = plan_for(16);
  plan.batch = 1 << 14;
  const Corpus corpus({a, letters('b', 2000), a}, nullptr, plan);
  const Batch batch = corpus.batch(0);
  EXPECT_NEAR(static_cast<double>(count_of(batch, 'a')) / static_cast<double>(count_of(batch, 'b')),
              2, 0.2);
}

TEST(Corpus, SaysWhenTextsAreShorterThanTheContext) {
  try {
    const Corpus corpus({letters('a', 30)}, nullptr, plan_for(64));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("context length"));
  }
}

TEST(Corpus, TellsOtherTextsByTheirFingerprint) {
  const Corpus a({letters('a', 100)}, nullptr, plan_for(16));
  EXPECT_EQ(Corpus({letters('a', 100)}, nullptr, plan_for(16)).fingerprint(), a.fingerprint());
  EXPECT_NE(Corpus({letters('b', 100)}, nullptr, plan_for(16)).fingerprint(), a.fingerprint());
}

TEST(Corpus, CountsTheBytesOfTokens) {
  Bytes text;
  for (int i = 0; i < 400; ++i) {
    for (const char c : std::string_view("the theme of them "))
      text.push_back(static_cast<Byte>(c));
  }
  const TemporaryFolder folder;
  const ByteView all(text);
  write_file(folder / "tokenizer.json", as_bytes(train_bpe({&all, 1}, 300)));
  const auto tokenizer = load_tokenizer(folder.path());
  TrainingPlan plan = plan_for(16);
  plan.held_out = 0;
  const Corpus corpus({text}, tokenizer.get(), plan);
  EXPECT_LT(corpus.token_count(), text.size() / 2);
  const Batch batch = corpus.batch(9);
  std::size_t bytes = 0;
  for (const std::int64_t token : batch.targets) {
    bytes += tokenizer->bytes_of(static_cast<Symbol>(token)).size();
  }
  EXPECT_EQ(corpus.byte_count(batch.targets), bytes);
  EXPECT_GT(bytes, 2 * batch.targets.size());
}

}  // namespace
}  // namespace zipdream
