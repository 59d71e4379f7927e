// SPDX-License-Identifier: Apache-2.0
// lm:DIR as a predictor, over bytes and over tokens, and the codec made of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/files.h"
#include "generator/score.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

void write_token_model(const TemporaryFolder& folder, const nlohmann::json& vocabulary) {
  tiny_llama_of_tokens().write(folder.path());
  write_file(folder / "tokenizer.json", to_bytes(vocabulary.dump()));
}

nlohmann::json byte_level() {
  return byte_level_vocabulary({"t h", "th e", "\xc4\xa0 the", "a n", "an d"});
}
nlohmann::json space_mark() {
  return space_mark_vocabulary({"\xe2\x96\x81", "t", "h", "e"},
                               {"t h", "th e", "\xe2\x96\x81 the"});
}

// Folders of models over bytes and over both kinds of tokens.
class LanguageModel : public testing::TestWithParam<const char*> {
 protected:
  LanguageModel() {
    if (GetParam() == std::string("bytes")) tiny_paper().write(folder_.path());
    if (GetParam() == std::string("ByteLevel")) write_token_model(folder_, byte_level());
    if (GetParam() == std::string("recurrent")) {
      with_more_tokens(tiny_rwkv7()).write(folder_.path());
      write_file(folder_ / "tokenizer.json", to_bytes(byte_level().dump()));
    }
    if (GetParam() == std::string("SpaceMark")) write_token_model(folder_, space_mark());
  }
  [[nodiscard]] std::string spec() const { return "lm:" + folder_.path(); }
  [[nodiscard]] std::unique_ptr<Predictor> make() const { return make_predictor(spec(), {}); }

  const Bytes text_ = to_bytes("the rain and the other \xc3\xa9\xff and then the thin the");

 private:
  TemporaryFolder folder_;
};

TEST_P(LanguageModel, GivesADistributionWithoutAZeroWhereverItStands) {
  const auto model = make();
  expect_distribution(model->log2_probs());
  for (const Byte byte : text_) {
    model->observe({&byte, 1});
    expect_distribution(model->log2_probs());
  }
  model->observe(random_bytes(300));
  expect_distribution(model->log2_probs());
}

TEST_P(LanguageModel, SeesNoDifferenceInHowATextIsCut) {
  const auto at_once = make();
  at_once->observe(text_);
  const auto byte_by_byte = make();
  for (const Byte byte : text_) byte_by_byte->observe({&byte, 1});
  EXPECT_EQ(byte_by_byte->log2_probs(), at_once->log2_probs());
  PredictorOptions options;
  options.corpus = Bytes(text_.begin(), text_.begin() + 20);
  const auto after_corpus = make_predictor(spec(), options);
  after_corpus->observe(ByteView(text_).subspan(20));
  EXPECT_EQ(after_corpus->log2_probs(), at_once->log2_probs());
}

TEST_P(LanguageModel, SpellsWhatItObserves) {
  const auto model = make();
  const auto observing = make();
  std::size_t bytes = 0;
  std::vector<Symbol> symbols;
  for (const Token& each : model->tokenize(text_)) {
    EXPECT_LE(each.bytes, model->symbol_bytes(each.symbol).size());
    symbols.push_back(each.symbol);
    bytes += each.bytes;
  }
  EXPECT_EQ(bytes, text_.size());
  for (const Symbol symbol : symbols) model->update(symbol);
  observing->observe(text_);
  EXPECT_EQ(model->log2_probs(), observing->log2_probs());
}

TEST_P(LanguageModel, FollowsAsItSteps) {
  const auto stepping = make();
  const auto following = make();
  std::vector<Symbol> symbols;
  for (const Token& each : stepping->tokenize(concat(text_, random_bytes(250)))) {
    symbols.push_back(each.symbol);
  }
  for (Symbol symbol = 0; symbol < stepping->alphabet_size(); ++symbol) symbols.push_back(symbol);
  std::size_t at = 0;
  following->teacher_force(symbols, [&](std::span<const double> followed) {
    ASSERT_EQ(std::vector<double>(followed.begin(), followed.end()), stepping->log2_probs()) << at;
    stepping->update(symbols[at++]);
  });
  EXPECT_EQ(at, symbols.size());
  EXPECT_EQ(following->log2_probs(), stepping->log2_probs());
}

TEST_P(LanguageModel, HasIndependentClones) {
  const auto model = make();
  model->observe(text_);
  const std::vector<double> before = model->log2_probs();
  const auto clone = model->clone();
  clone->observe(text_);
  clone->update(7);
  EXPECT_EQ(model->log2_probs(), before);
  const std::vector<double> of_clone = clone->log2_probs();
  model->update(9);
  model->observe(text_);
  EXPECT_EQ(clone->log2_probs(), of_clone);
}

// Each from another place, past the end of a window, and by every symbol: ends of texts too.
TEST_P(LanguageModel, StepsTogetherAsItStepsAlone) {
  const auto model = make();
  EXPECT_TRUE(model->updates_together());
  std::vector<std::unique_ptr<Predictor>> together;
  std::vector<std::unique_ptr<Predictor>> alone;
  std::vector<Predictor*> all;
  constexpr std::size_t kCount = 11;
  for (std::size_t i = 0; i < kCount; ++i) {
    together.push_back(model->clone());
    together[i]->observe(ByteView(text_).first(3 * i));
    if (i == 4) together[i]->observe(random_bytes(95));
    alone.push_back(together[i]->clone());
    all.push_back(together[i].get());
  }
  const std::size_t size = model->alphabet_size();
  std::vector<double> out(kCount * size);
  for (std::size_t step = 0; step < 2 * size / kCount + 1; ++step) {
    std::vector<Symbol> symbols;
    for (std::size_t i = 0; i < kCount; ++i) {
      symbols.push_back(static_cast<Symbol>((i * 29 + step * kCount) % size));
      alone[i]->update(symbols[i]);
    }
    model->update_each(all, symbols, out);
    for (std::size_t i = 0; i < kCount; ++i) {
      const auto own = std::span(out).subspan(i * size, size);
      ASSERT_EQ(std::vector<double>(own.begin(), own.end()), alone[i]->log2_probs()) << i;
    }
  }
  together[3]->observe(text_);  // they are what they would be alone
  alone[3]->observe(text_);
  EXPECT_EQ(together[3]->log2_probs(), alone[3]->log2_probs());
}

TEST_P(LanguageModel, ScoresEveryByte) {
  const auto model = make();
  const std::vector<double> bits = score(*model, text_, [](double) {});
  ASSERT_EQ(bits.size(), text_.size());
  const double total = std::accumulate(bits.begin(), bits.end(), 0.0);
  const auto codec = make_codec("arith:" + spec());
  EXPECT_NEAR(codec->bits(text_, Units::kBits), total + 8, 0.01);
}

TEST_P(LanguageModel, CompressesByItsDistribution) {
  const auto codec = make_codec("arith:" + spec());
  for (const Bytes& data : {Bytes{}, Bytes{' '}, text_, full_alphabet(), random_bytes(500)}) {
    const Bytes stream = codec->compress(data);
    EXPECT_EQ(codec->decompress(stream, data.size()), data);
    EXPECT_NEAR(8 * static_cast<double>(stream.size()), codec->bits(data, Units::kBits), 16);
    if (!data.empty()) {
      EXPECT_THROW(static_cast<void>(codec->decompress(stream, data.size() - 1)), Error);
      EXPECT_THROW(static_cast<void>(
                       codec->decompress(ByteView(stream).first(stream.size() - 1), data.size())),
                   Error);
    }
  }
}

TEST_P(LanguageModel, DecompressesNoiseWithinBounds) {
  const auto codec = make_codec("arith:" + spec());
  for (int seed = 0; seed < 20; ++seed) {
    try {
      EXPECT_LE(codec->decompress(random_bytes(40, seed), 100).size(), 100U);
    } catch (const Error&) {
      // As it should be.
    }
  }
}

TEST_P(LanguageModel, KeepsToAnAlphabet) {
  PredictorOptions options;
  options.alphabet = to_bytes(" ehnt");
  const auto model = make_predictor(spec(), options);
  model->observe(text_);
  expect_distribution(model->log2_probs());
  for (Symbol symbol = 0; symbol < model->alphabet_size(); ++symbol) {
    for (const Byte byte : model->symbol_bytes(symbol)) {
      EXPECT_NE(std::ranges::find(options.alphabet, byte), options.alphabet.end());
    }
  }
}

TEST_P(LanguageModel, RefusesOptionsThatItHasNot) {
  EXPECT_THROW(static_cast<void>(make_predictor(spec() + ":overlap=95", {})), Error);
  EXPECT_THROW(static_cast<void>(make_predictor(spec() + ":overlap=x", {})), Error);
  if (GetParam() != std::string("recurrent")) {
    EXPECT_NO_THROW(static_cast<void>(make_predictor(spec() + ":overlap=93", {})));
  }
  PredictorOptions options;
  options.units = Units::kBits;
  EXPECT_THROW(static_cast<void>(make_predictor(spec(), options)), Error);
}

INSTANTIATE_TEST_SUITE_P(Over, LanguageModel,
                         testing::Values("bytes", "ByteLevel", "SpaceMark", "recurrent"),
                         [](const auto& test) { return test.param; });

TEST(LanguageModelOverTokens, BeginsAnotherTextWhereOneEnds) {
  const TemporaryFolder folder;
  write_token_model(folder, space_mark());
  const auto model = make_predictor("lm:" + folder.path(), {});
  std::vector<Symbol> line_feeds;
  for (Symbol symbol = 0; symbol < model->alphabet_size(); ++symbol) {
    const ByteView bytes = model->symbol_bytes(symbol);
    ASSERT_FALSE(bytes.empty());
    if (as_chars(bytes) == "\n") line_feeds.push_back(symbol);
  }
  EXPECT_EQ(line_feeds.size(), 3U) << "the byte, <s> and </s>; not <unk>";
  const auto ends = [&](Symbol symbol) { return model->ends_text(symbol); };
  EXPECT_EQ(std::ranges::count_if(line_feeds, ends), 2);
}

TEST(LanguageModelFiles, MayBeHalfAsLong) {
  const TinyModel model = tiny_llama();
  const auto log2_probs_of = [&](const std::string& type) {
    const TemporaryFolder folder;
    model.write(folder.path());
    write_file(folder / "model.safetensors", safetensors(model.tensors, type));
    const auto predictor = make_predictor("lm:" + folder.path(), {});
    predictor->observe(as_bytes("halves"));
    return predictor->log2_probs();
  };
  const std::vector<double> whole = log2_probs_of("F32");
  for (const char* type : {"F16", "BF16"}) {
    const std::vector<double> half = log2_probs_of(type);
    for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(half[i], whole[i], 1) << type;
    EXPECT_NE(half, whole);
  }
}

TEST(LanguageModelFiles, OfLlama2cSayTheSame) {
  const TemporaryFolder folder;
  const TinyModel model = tiny_llama(true);
  model.write(folder.path());
  write_file(folder / "model.bin", llama2c_file(model));
  const auto hugging_face = make_predictor("lm:" + folder.path(), {});
  const auto llama2c = make_predictor("lm:" + (folder / "model.bin"), {});
  hugging_face->observe(as_bytes("two ways to turn"));
  llama2c->observe(as_bytes("two ways to turn"));
  const std::vector<double> expected = hugging_face->log2_probs();
  const std::vector<double> got = llama2c->log2_probs();
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-4);
}

}  // namespace
}  // namespace zipdream
