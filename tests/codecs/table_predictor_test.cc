// SPDX-License-Identifier: Apache-2.0
// What every predictor by coder tables promises, over the registry.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "codecs/common/alphabet.h"
#include "tests/codecs/names.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::unique_ptr<Predictor> by_tables(std::string_view spec, const Alphabet& alphabet = {}) {
  PredictorOptions options;
  options.probs = Probs::kTables;
  options.alphabet = alphabet;
  return make_predictor(spec, options);
}

class EveryTablePredictor : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Predictor> predictor_ = by_tables(GetParam());
};

TEST_P(EveryTablePredictor, IsADistributionWithoutAZeroAfterAnyContext) {
  for (const auto& [name, make] : sample_kinds()) {
    for (const std::size_t size : {0, 1, 2, 3, 7, 15, 16, 17, 31, 100, 333, 2048, 40'000}) {
      const auto predictor = predictor_->clone();
      predictor->observe(make(size, 1));
      expect_distribution(predictor->log2_probs(), 1e-9,
                          std::string(name) + " " + std::to_string(size));
    }
  }
}

TEST_P(EveryTablePredictor, StandsAChangeOfScene) {
  const std::size_t size = GetParam() == "zopfli" ? 150 : 1500;  // milliseconds for each byte
  for (const SampleKind& kind : sample_kinds()) predictor_->observe(kind.make(size, 2));
  for (const SampleKind& kind : sample_kinds()) predictor_->observe(kind.make(size / 2, 2));
  expect_distribution(predictor_->log2_probs(), 1e-9, "after all kinds");
}

TEST_P(EveryTablePredictor, IsADistributionWhereAllBytesAreTheSame) {
  for (const Byte byte : {Byte{0}, Byte{128}, Byte{255}}) {
    const auto predictor = predictor_->clone();
    for (const std::size_t size : {1, 10, 300, 5000}) {
      predictor->observe(Bytes(size, byte));
      const std::vector<double> probs = predictor->log2_probs();
      expect_distribution(probs, 1e-9, std::to_string(byte));
    }
  }
}

TEST_P(EveryTablePredictor, NormalisesOverTheAlphabet) {
  for (const char* letters : {"aeiou", "x"}) {
    const auto predictor = by_tables(GetParam(), to_bytes(letters));
    predictor->observe(text_like(1000));
    expect_distribution(predictor->log2_probs(), 1e-9, letters);
  }
  const std::vector<Symbol> vowels = {'a', 'e', 'i', 'o', 'u'};
  std::vector<double> among(vowels.size());
  predictor_->observe(text_like(1000));
  predictor_->log2_probs_among(vowels, among);
  const auto restricted = by_tables(GetParam(), to_bytes("aeiou"));
  restricted->observe(text_like(1000));
  EXPECT_EQ(restricted->log2_probs(), among);
}

TEST_P(EveryTablePredictor, DoesNotDependOnHowTheBytesAreCut) {
  const std::size_t size = GetParam() == "zopfli" ? 100 : 700;  // milliseconds for each byte
  const Bytes text = concat(binary_like(size), text_like(size));
  predictor_->observe(text);
  const std::vector<double> expected = predictor_->log2_probs();
  for (const std::size_t piece : {1, 13, 256, 1000}) {
    const auto predictor = by_tables(GetParam());
    for (std::size_t at = 0; at < text.size(); at += piece) {
      predictor->observe(ByteView(text).subspan(at, std::min(piece, text.size() - at)));
      predictor->observe(ByteView());
    }
    EXPECT_EQ(predictor->log2_probs(), expected) << piece;
  }
}

TEST_P(EveryTablePredictor, HasIndependentClones) {
  const Bytes text = text_like(500);
  predictor_->observe(text);
  const std::vector<double> before = predictor_->log2_probs();
  const auto clone = predictor_->clone();
  EXPECT_EQ(clone->log2_probs(), before);
  clone->observe(random_bytes(300));
  EXPECT_EQ(predictor_->log2_probs(), before);
  const auto other = predictor_->clone();
  other->observe(random_bytes(300));
  EXPECT_EQ(other->log2_probs(), clone->log2_probs());
}

TEST_P(EveryTablePredictor, StandsFourMegabytes) {
  predictor_->observe(copies(std::size_t{4} << 20));
  expect_distribution(predictor_->log2_probs(), 1e-9, "4 MB");
}

std::vector<std::string> specs() {
  std::vector<std::string> result = codec_names_with_tables();
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
  for (const Byte byte : text.subspan(context)) {
    sum -= predictor->log2_probs()[byte];
    predictor->update(byte);
  }
  return sum / static_cast<double>(text.size() - context);
}

class EveryTablePredictorOnText : public testing::TestWithParam<std::string> {};

TEST_P(EveryTablePredictorOnText, KnowsMoreThanTheLengthsOfTheSameCodec) {
  if (GetParam() == "zopfli") GTEST_SKIP() << "its lengths take minutes";
  const Bytes text = text_like(1200);
  const std::size_t context = text.size() - 20;
  EXPECT_LT(log_loss(GetParam(), Probs::kTables, text, context),
            log_loss(GetParam(), Probs::kLengths, text, context));
}

TEST_P(EveryTablePredictorOnText, RefusesTheOptionsThatTheCodecRefuses) {
  EXPECT_THROW(by_tables(GetParam() + ":nonsense"), Error);
  EXPECT_THROW(by_tables(GetParam() + ":9999999"), Error);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryTablePredictorOnText,
                         testing::ValuesIn(codec_names_with_tables()), name_of);

TEST(TablePredictors, SayWhatTheyRead) {
  for (const ModelInfo* info : model_list()) {
    if (!info->is_codec()) continue;
    EXPECT_EQ(info->make_predictor == nullptr, info->tables.empty()) << info->name;
  }
}

}  // namespace
}  // namespace zipdream
