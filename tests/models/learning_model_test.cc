// SPDX-License-Identifier: Apache-2.0
// What every model that learns promises as a predictor, and that it codes by the distribution that
// it gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "generator/coder/range_coder.h"
#include "generator/coder/symbol_coder.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "tests/models/specs.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::vector<Bytes> contexts() {
  std::vector<Bytes> contexts = {{}, {'a'}, {0}, {255}, Bytes(5000, 'x'), Bytes(70'000, 0)};
  for (const SampleKind& kind : sample_kinds()) contexts.push_back(kind.make(6000, 2));
  contexts.push_back(full_alphabet());
  return contexts;
}

class LearningModel : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::unique_ptr<Predictor> after(ByteView context) const {
    auto model = make_predictor(GetParam(), {});
    model->observe(context);
    return model;
  }

  // Bits per byte that it takes to code `data`, learning.
  [[nodiscard]] double bits_per_byte(ByteView data) const {
    const auto codec = make_codec("arith:" + GetParam());
    return codec->bits(data, Units::kBits) / static_cast<double>(data.size());
  }
};

TEST_P(LearningModel, GivesADistributionWithoutAZeroAfterAnyContext) {
  for (const Bytes& context : contexts()) expect_distribution(after(context)->log2_probs());
}

TEST_P(LearningModel, SeesNoDifferenceInHowTheContextIsCut) {
  for (const SampleKind& kind : sample_kinds()) {
    const Bytes context = kind.make(3000, 4);
    const std::vector<double> expected = after(context)->log2_probs();
    const auto bytewise = make_predictor(GetParam(), {});
    for (const Byte byte : context) bytewise->update(byte);
    EXPECT_EQ(bytewise->log2_probs(), expected) << kind.name;
    const auto asked = make_predictor(GetParam(), {});
    for (std::size_t i = 0; i < context.size(); i += 500) {
      asked->observe(ByteView(context).subspan(i, 500));
      static_cast<void>(asked->log2_probs());
    }
    EXPECT_EQ(asked->log2_probs(), expected) << kind.name << ", asked on the way";
  }
}

TEST_P(LearningModel, HasIndependentClones) {
  const auto model = after(text_like(4000));
  const std::vector<double> before = model->log2_probs();
  const auto clone = model->clone();
  EXPECT_EQ(clone->log2_probs(), before);
  clone->observe(random_bytes(2000));
  EXPECT_EQ(model->log2_probs(), before);
  const std::vector<double> of_clone = clone->log2_probs();
  model->observe(text_like(3000, 7));
  EXPECT_EQ(clone->log2_probs(), of_clone);
  EXPECT_EQ(model->log2_probs(), after(concat(text_like(4000), text_like(3000, 7)))->log2_probs());
}

TEST_P(LearningModel, AnswersSeveralThreadsAtOnce) {
  const auto model = after(text_like(4000));
  const std::vector<double> expected = model->log2_probs();
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto clone = model->clone();
        clone->update('q');
        EXPECT_EQ(model->log2_probs(), expected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(LearningModel, CodesByTheDistributionThatItGives) {
  for (const SampleKind& kind : sample_kinds()) {
    const auto model = after(kind.make(2000, 3));
    SymbolCoder* const coder = model->symbol_coder();
    ASSERT_NE(coder, nullptr);
    for (const Byte byte : kind.make(60, 9)) {
      const std::vector<double> log2_probs = model->log2_probs();
      std::vector<Interval> intervals(256);
      coder->intervals_after({}, intervals);
      for (int s = 0; s < 256; ++s) ASSERT_NEAR(-intervals[s].bits(), log2_probs[s], 1e-6);
      RangeEncoder encoder(nullptr);
      coder->encode(byte, encoder);
      ASSERT_EQ(encoder.interval().bits(), intervals[byte].bits());
    }
    const auto observing = after(concat(kind.make(2000, 3), kind.make(60, 9)));
    EXPECT_EQ(model->log2_probs(), observing->log2_probs())
        << "coding teaches something else than observing";
  }
}

TEST_P(LearningModel, HasASmallerAlphabetACorpusAndATail) {
  PredictorOptions options;
  options.alphabet = to_bytes("abc");
  options.corpus = to_bytes("abcabcabcabcabcabcabc");
  options.context_window = 5;
  const auto model = make_predictor(GetParam(), options);
  EXPECT_EQ(model->symbol_coder(), nullptr);
  model->observe(as_bytes("cccccabcab"));
  const std::vector<double> log2_probs = model->log2_probs();
  ASSERT_EQ(log2_probs.size(), 3U);
  expect_distribution(log2_probs);
  if (is_of_a_medium(GetParam())) return;
  EXPECT_EQ(std::ranges::max_element(log2_probs) - log2_probs.begin(), 2);
}

TEST_P(LearningModel, RefusesTheOptionsOfCodecs) {
  PredictorOptions options;
  options.units = Units::kBits;
  EXPECT_THROW(static_cast<void>(make_predictor(GetParam(), options)), Error);
  options = {};
  options.probs = Probs::kLengths;
  EXPECT_THROW(static_cast<void>(make_predictor(GetParam(), options)), Error);
}

TEST_P(LearningModel, LearnsWhatRepeats) {
  EXPECT_LT(bits_per_byte(Bytes(50'000, 'x')), 0.02);
  if (is_of_a_medium(GetParam())) return;
  EXPECT_LT(bits_per_byte(few_symbols(30'000)), 1.70) << "their entropy is 1.63";
  const Bytes once = random_bytes(3000);
  const double first = bits_per_byte(once);
  EXPECT_LT(first, 8.3);
  EXPECT_LT(2 * bits_per_byte(concat(once, once)) - first, 0.3) << "the second time";
}

TEST_P(LearningModel, CompressesTextsBetterThanXz) {
  if (is_of_a_medium(GetParam())) GTEST_SKIP() << "no model of texts";
  const auto xz = make_codec("xz:9e");
  for (const Bytes& data : {text_like(30'000, 6), few_symbols(30'000, 6)}) {
    const double bits = bits_per_byte(data) * static_cast<double>(data.size());
    EXPECT_LT(bits, 0.95 * xz->bits(data, Units::kBits));
  }
}

INSTANTIATE_TEST_SUITE_P(Of, LearningModel, testing::ValuesIn(learning_specs()), spec_test_name);

}  // namespace
}  // namespace zipdream
