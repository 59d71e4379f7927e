// SPDX-License-Identifier: Apache-2.0
// What every tables law promises (codecs/common/predictors.h), over the registry.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::unique_ptr<BytePredictor> law_of(std::string_view spec) {
  const Spec parts = split_spec(spec);
  return find_table_predictor(parts.name)->make(parts.options);
}

std::vector<double> log2_probs(const BytePredictor& law,
                               const Alphabet& alphabet = full_alphabet()) {
  std::vector<double> result(alphabet.size());
  law.log2_probs(alphabet, result);
  return result;
}

class EveryTablePredictor : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<BytePredictor> law_ = law_of(GetParam());
};

TEST_P(EveryTablePredictor, IsADistributionWithoutAZeroAfterAnyContext) {
  for (const auto& [name, make] : sample_kinds()) {
    for (const std::size_t size : {0, 1, 2, 3, 7, 15, 16, 17, 31, 100, 333, 2048, 40'000}) {
      const auto law = law_->clone();
      law->append(make(size, 1));
      expect_distribution(log2_probs(*law), 1e-9, std::string(name) + " " + std::to_string(size));
    }
  }
}

TEST_P(EveryTablePredictor, StandsAChangeOfScene) {
  for (const SampleKind& kind : sample_kinds()) law_->append(kind.make(1500, 2));
  for (const SampleKind& kind : sample_kinds()) law_->append(kind.make(700, 2));
  expect_distribution(log2_probs(*law_), 1e-9, "after all kinds");
}

TEST_P(EveryTablePredictor, IsADistributionWhereAllBytesAreTheSame) {
  for (const Byte byte : {Byte{0}, Byte{128}, Byte{255}}) {
    const auto law = law_->clone();
    for (const std::size_t size : {1, 10, 300, 5000}) {
      law->append(Bytes(size, byte));
      const std::vector<double> probs = log2_probs(*law);
      expect_distribution(probs, 1e-9, std::to_string(byte));
    }
  }
}

TEST_P(EveryTablePredictor, NormalisesOverTheAlphabet) {
  law_->append(text_like(1000));
  expect_distribution(log2_probs(*law_, to_bytes("aeiou")), 1e-9, "vowels");
  EXPECT_NEAR(log2_probs(*law_, to_bytes("x")).front(), 0, 1e-12);
}

TEST_P(EveryTablePredictor, DoesNotDependOnHowTheBytesAreCut) {
  const Bytes text = concat(binary_like(700), text_like(600));
  law_->append(text);
  const std::vector<double> expected = log2_probs(*law_);
  for (const std::size_t piece : {1, 13, 256, 1000}) {
    const auto law = law_of(GetParam());
    for (std::size_t at = 0; at < text.size(); at += piece) {
      law->append(ByteView(text).subspan(at, std::min(piece, text.size() - at)));
      law->append({});
    }
    EXPECT_EQ(log2_probs(*law), expected) << piece;
  }
}

TEST_P(EveryTablePredictor, HasIndependentClones) {
  const Bytes text = text_like(500);
  law_->append(text);
  const std::vector<double> before = log2_probs(*law_);
  const auto clone = law_->clone();
  EXPECT_EQ(log2_probs(*clone), before);
  clone->append(random_bytes(300));
  EXPECT_EQ(log2_probs(*law_), before);
  const auto other = law_->clone();
  other->append(random_bytes(300));
  EXPECT_EQ(log2_probs(*other), log2_probs(*clone));
}

TEST_P(EveryTablePredictor, StandsFourMegabytes) {
  law_->append(copies(std::size_t{4} << 20));
  expect_distribution(log2_probs(*law_), 1e-9, "4 MB");
}

std::vector<std::string> specs() {
  std::vector<std::string> result;
  for (const TablePredictorInfo& law : table_predictor_list()) result.emplace_back(law.codec);
  for (const char* spec :
       {"png:0", "png:1,width=13", "png:9,width=7,channels=3", "flac:0", "flac:3",
        "flac:8,format=s16", "flac:0,format=s16,channels=2", "flac:2,channels=2"}) {
    result.emplace_back(spec);
  }
  return result;
}

std::string name_of(const testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryTablePredictor, testing::ValuesIn(specs()), name_of);

double log_loss(std::string_view spec, Probs kind, ByteView text, std::size_t context) {
  PredictorOptions options;
  options.probs = kind;
  const auto predictor = make_predictor(spec, options);
  predictor->observe(text.first(context));
  double sum = 0;
  std::vector<double> law(256);
  for (const Byte byte : text.subspan(context)) {
    predictor->log2_probs(law);
    sum -= law[byte];
    predictor->update(byte);
  }
  return sum / static_cast<double>(text.size() - context);
}

class EveryTablePredictorOnText : public testing::TestWithParam<std::string> {};

TEST_P(EveryTablePredictorOnText, KnowsMoreThanTheLengthsOfTheSameCodec) {
  const Bytes text = text_like(1200);
  const std::size_t context = text.size() - 20;
  EXPECT_LT(log_loss(GetParam(), Probs::kTables, text, context),
            log_loss(GetParam(), Probs::kLengths, text, context));
}

std::vector<std::string> codecs() {
  std::vector<std::string> result;
  for (const TablePredictorInfo& law : table_predictor_list()) result.emplace_back(law.codec);
  return result;
}

TEST_P(EveryTablePredictorOnText, RefusesTheOptionsThatTheCodecRefuses) {
  EXPECT_THROW(law_of(GetParam() + ":nonsense"), Error);
  EXPECT_THROW(law_of(GetParam() + ":99"), Error);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryTablePredictorOnText, testing::ValuesIn(codecs()), name_of);

TEST(TablePredictors, AreThoseOfCodecsInTheOrderOfTheirList) {
  std::vector<std::string_view> expected;
  for (const CodecInfo& codec : codec_list()) {
    if (find_table_predictor(codec.name) != nullptr) expected.push_back(codec.name);
  }
  std::vector<std::string_view> listed;
  for (const TablePredictorInfo& law : table_predictor_list()) {
    listed.push_back(law.codec);
    EXPECT_FALSE(law.summary.empty());
  }
  EXPECT_EQ(listed, expected);
}

}  // namespace
}  // namespace zipdream
