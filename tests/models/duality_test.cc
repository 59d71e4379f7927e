// SPDX-License-Identifier: Apache-2.0
// Codec and predictor are two faces of one thing: the probabilities by the lengths of the
// arithmetic codec of P are P, for every model there is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "tests/models/specs.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

class Duality : public testing::TestWithParam<std::string> {
 protected:
  // The codec's frequencies are 1 + floor(2^28 P).
  void expect_same_distribution(const Predictor& model, const Predictor& by_codec) const {
    const std::vector<double> expected = model.log2_probs();
    const std::vector<double> actual = by_codec.log2_probs();
    for (std::size_t s = 0; s < expected.size(); ++s) {
      const double p = std::exp2(expected[s]);
      EXPECT_NEAR(std::exp2(actual[s]), p, std::exp2(-28) + 1e-6 * p) << s;
      EXPECT_GE(std::exp2(actual[s]), p - 1e-6 * p) << s;
    }
  }
};

TEST_P(Duality, TheLengthsOfTheArithmeticCodecOfAModelGiveTheModel) {
  const auto model = make_predictor(GetParam(), {});
  const auto by_codec = make_predictor("arith:" + GetParam(), {});
  expect_same_distribution(*model, *by_codec);
  for (const char* piece :
       {"a", "ban", "", "ana"}) {  // slow codecs measure 256 times for each byte
    model->observe(as_bytes(piece));
    by_codec->observe(as_bytes(piece));
    expect_same_distribution(*model, *by_codec);
  }
}

// What was scored is what "arith:MODEL" writes, for every model.
TEST_P(Duality, AScoreIsProvenByTheStreamOfTheArithmeticCodec) {
  const Bytes text = to_bytes("the cat sat on the mat, the cat sat.");
  const Proof proof = prove(*make_predictor(GetParam()), text);
  EXPECT_EQ(proof.bits, score(*make_predictor(GetParam()), text));
  EXPECT_EQ(proof.symbols, text.size());
  EXPECT_LT(proof.sum_deviation, 1e-12);
  // The coder gives no symbol less than 2^-28, so what is less likely is written in fewer bits.
  const bool is_fine = *std::max_element(proof.bits.begin(), proof.bits.end()) < 24;
  const double more = static_cast<double>(proof.code_bits) - proof.bits_scored;
  EXPECT_LT(more, 2.5);
  if (is_fine) {
    EXPECT_GT(more, -2.5);
  }
  EXPECT_EQ(proof.bytes_written, make_codec("arith:" + GetParam())->compress(text).size());
}

class LearningDuality : public Duality {};

// What score_symbols() gives is one number of each distribution, and it teaches what update() does.
void expect_numbers_of_distributions(const std::string& spec, ByteView context, ByteView data) {
  const auto whole = make_predictor(spec);
  whole->observe(context);
  const auto alone = whole->clone();
  const std::vector<Symbol> symbols(data.begin(), data.end());
  std::vector<double> numbers;
  alone->score_symbols(symbols, [&](double log2_prob) { numbers.push_back(log2_prob); });
  ASSERT_EQ(numbers.size(), symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    ASSERT_EQ(numbers[i], whole->log2_probs()[symbols[i]]) << spec << ", symbol " << i;
    whole->update(symbols[i]);
  }
  EXPECT_EQ(alone->log2_probs(), whole->log2_probs()) << spec << ": what comes next";
}

TEST_P(Duality, TheNumberOfOneSymbolIsThatOfItsDistributionBitForBit) {
  expect_numbers_of_distributions(GetParam(), as_bytes("the cat sat on the mat, the c"),
                                  as_bytes("at sat!\n"));
}

TEST(DualityOfMixtures, TheNumberOfOneSymbolIsThatOfItsDistributionBitForBit) {
  for (const char* spec :
       {"mix:cm:1+ppm:2", "mix:gzip:1+cm:1+cm:9", "mix:ppm:2+cm:0", "avg:0:cm:1+ppm:2",
        "avg:cm:1+gzip:1+mix:cm:1+ppm:2", "residual:left:cm:1", "residual:left:mix:cm:1+ppm:2"}) {
    for (const SampleKind& kind : sample_kinds()) {
      expect_numbers_of_distributions(spec, kind.make(1500, 3), kind.make(90, 9));
    }
  }
}

TEST_P(LearningDuality, TheNumberOfOneSymbolIsThatOfItsDistributionBitForBit) {
  for (const SampleKind& kind : sample_kinds()) {
    expect_numbers_of_distributions(GetParam(), kind.make(5000, 3), kind.make(60, 9));
  }
}

std::vector<std::string> all_specs() {
  std::vector<std::string> specs = learning_specs();
  for (const std::string& spec : cheap_specs()) specs.push_back(spec);
  return specs;
}

INSTANTIATE_TEST_SUITE_P(Of, Duality, testing::ValuesIn(all_specs()), spec_test_name);

INSTANTIATE_TEST_SUITE_P(Of, LearningDuality, testing::ValuesIn(learning_specs()), spec_test_name);

class LongDuality : public Duality {};

TEST_P(LongDuality, HoldsAfterAPageOfAnyCharacter) {
  for (const SampleKind& kind : sample_kinds()) {
    const Bytes page = kind.make(2000, 3);
    const auto model = make_predictor(GetParam(), {});
    const auto by_codec = make_predictor("arith:" + GetParam(), {});
    model->observe(page);
    by_codec->observe(page);
    expect_same_distribution(*model, *by_codec);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, LongDuality, testing::ValuesIn(learning_specs()), spec_test_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LongDuality);

}  // namespace
}  // namespace zipdream
