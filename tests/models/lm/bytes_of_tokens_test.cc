// SPDX-License-Identifier: Apache-2.0
// bytes:lm:DIR, a model over tokens as a predictor of bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

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

nlohmann::json byte_level() {
  return byte_level_vocabulary({"t h", "th e", "\xc4\xa0 the", "a n", "an d", "r e"});
}

nlohmann::json space_mark() {
  return space_mark_vocabulary({"\xe2\x96\x81", "t", "h", "e"},
                               {"t h", "th e", "\xe2\x96\x81 the"});
}

class TokenModel {
 public:
  explicit TokenModel(const nlohmann::json& vocabulary, const TinyModel& tiny = tiny_llama(true))
      : tokenizer(load_json(vocabulary)) {
    TinyModel model = with_more_tokens(tiny);
    TinyTensor& output = model.tensors["lm_head.weight"];
    for (std::size_t i = 256 * output.shape[1]; i < output.values.size(); ++i) {
      output.values[i] = 0.01F * static_cast<float>(i * i % 211);
    }
    for (float& value : output.values) value *= 0.1F;  // no token is out of the question
    model.write(folder_.path());
    write_file(folder_ / "tokenizer.json", to_bytes(vocabulary.dump()));
  }

  [[nodiscard]] std::unique_ptr<Predictor> tokens() const {
    return make_predictor("lm:" + folder_.path());
  }
  [[nodiscard]] std::unique_ptr<Predictor> bytes(const std::string& options = "") const {
    return make_predictor("bytes:" + options + "lm:" + folder_.path());
  }

  std::unique_ptr<Tokenizer> tokenizer;

 private:
  TemporaryFolder folder_;
};

// The probability of all sequences of tokens that begin with the bytes and whose tokens, the last
// aside, are those that the tokenizer makes of each two neighbours.
double probability(const TokenModel& model, const Predictor& at, std::optional<Symbol> last,
                   ByteView bytes) {
  std::vector<Symbol> symbols;
  for (Symbol symbol = 0; symbol < at.alphabet_size(); ++symbol) {
    if (!at.ends_text(symbol)) symbols.push_back(symbol);
  }
  std::vector<double> log2_probs(symbols.size());
  at.log2_probs_among(symbols, log2_probs);
  double sum = 0;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const ByteView token = at.symbol_bytes(symbols[i]);
    const std::size_t size = std::min(token.size(), bytes.size());
    if (!std::ranges::equal(token.first(size), bytes.first(size))) continue;
    if (token.size() >= bytes.size()) {
      sum += std::exp2(log2_probs[i]);
      continue;
    }
    if (last) {
      Bytes both(at.symbol_bytes(*last).begin(), at.symbol_bytes(*last).end());
      both.insert(both.end(), token.begin(), token.end());
      const std::vector<Symbol> cut = model.tokenizer->encode_more(both);
      if (cut.size() != 2 || !std::ranges::equal(model.tokenizer->bytes_of(cut[1]), token))
        continue;
    }
    const auto next = at.clone();
    next->update(symbols[i]);
    sum += std::exp2(log2_probs[i]) *
           probability(model, *next, symbols[i], bytes.subspan(token.size()));
  }
  return sum;
}

TEST(BytesOfTokens, SumAllWaysToCutTheTextIntoTokens) {
  const TokenModel model(byte_level());
  const auto tokens = model.tokens();
  const auto bytes = model.bytes("hypotheses=1024,prune=60:");
  Bytes text;
  for (const char next : std::string("the red and the")) {
    std::vector<double> expected(256);
    double sum = 0;
    text.push_back(0);
    for (std::size_t byte = 0; byte < 256; ++byte) {
      text.back() = static_cast<Byte>(byte);
      expected[byte] = probability(model, *tokens, std::nullopt, text);
      sum += expected[byte];
    }
    const std::vector<double> found = bytes->log2_probs();
    for (std::size_t byte = 0; byte < 256; ++byte) {
      EXPECT_NEAR(std::exp2(found[byte]), expected[byte] / sum, 2e-4 * expected[byte] / sum + 2e-7)
          << byte << " after " << text.size() - 1 << " bytes";
    }
    text.back() = static_cast<Byte>(next);
    bytes->observe({&text.back(), 1});
  }
}

TEST(BytesOfTokens, ScoreAByteAsItStandsInTheirDistribution) {
  const TokenModel model(byte_level());
  const std::string text = "the red and the  hen\n and then";
  const auto by_step = model.bytes();
  std::vector<double> expected;
  for (const char next : text) {
    expected.push_back(by_step->log2_probs()[static_cast<Byte>(next)]);
    by_step->update(static_cast<Byte>(next));
  }
  std::vector<double> found;
  model.bytes()->score_symbols(std::vector<Symbol>(text.begin(), text.end()),
                               [&](double log2_prob) { found.push_back(log2_prob); });
  EXPECT_EQ(found, expected);
}

TEST(BytesOfTokens, HaveADistributionWithoutAZeroWhereverTheyStand) {
  for (const auto& vocabulary : {byte_level(), space_mark()}) {
    const TokenModel model(vocabulary);
    const auto bytes = model.bytes();
    ASSERT_EQ(bytes->alphabet_size(), 256U);
    expect_distribution(bytes->log2_probs());
    for (const Byte byte : to_bytes("the rain, the \xc3\xa9\xff\n  then   the")) {
      bytes->observe({&byte, 1});
      expect_distribution(bytes->log2_probs());
    }
    bytes->observe(random_bytes(200));
    expect_distribution(bytes->log2_probs());
  }
}

TEST(BytesOfTokens, SeeNoDifferenceInHowATextIsCut) {
  const TokenModel model(space_mark());
  const Bytes text = to_bytes("the rain and the other then");
  const auto at_once = model.bytes();
  at_once->observe(text);
  const auto byte_by_byte = model.bytes();
  for (const Byte byte : text) byte_by_byte->update(byte);
  EXPECT_EQ(at_once->log2_probs(), byte_by_byte->log2_probs());
  const auto copy = at_once->clone();
  at_once->observe(to_bytes("the"));
  EXPECT_EQ(copy->log2_probs(), byte_by_byte->log2_probs());
}

// Where the text is known the model reads ahead, over the ends of its windows too. A recurrent one
// has no windows and takes no tokens back.
TEST(BytesOfTokens, SayTheSameWhetherOrNotTheyKnowWhatComes) {
  for (const auto& [vocabulary, tiny] :
       {std::pair(byte_level(), tiny_llama(true)), std::pair(space_mark(), tiny_llama(true)),
        std::pair(byte_level(), tiny_rwkv7())}) {
    const TokenModel model(vocabulary, tiny);
    Bytes text;
    while (text.size() < 700) {
      const Bytes more = to_bytes("the rain and the other then,  and   `the\n\n red");
      text.insert(text.end(), more.begin(), more.end());
    }
    const auto known = model.bytes();
    const auto unknown = model.bytes();
    std::size_t at = 0;
    known->teacher_force(std::vector<Symbol>(text.begin(), text.end()),
                         [&](std::span<const double> log2_probs) {
                           ASSERT_TRUE(std::ranges::equal(log2_probs, unknown->log2_probs())) << at;
                           unknown->update(text[at++]);
                         });
    EXPECT_EQ(at, text.size());
  }
}

double bits(Predictor& model, const std::vector<Symbol>& symbols) {
  double sum = 0;
  std::size_t at = 0;
  model.teacher_force(
      symbols, [&](std::span<const double> log2_probs) { sum -= log2_probs[symbols[at++]]; });
  return sum;
}

// Several spaces before a word are cut into tokens by what follows them.
TEST(BytesOfTokens, CostHardlyMoreThanTheTokensThatATextIsCutInto) {
  for (const auto& vocabulary : {byte_level(), space_mark()}) {
    const TokenModel model(vocabulary);
    const Bytes text = to_bytes("the end!  `The rain  the and\n\n  `the   red`  `and the other");
    const auto tokens = model.tokens();
    std::vector<Symbol> symbols;
    for (const Token& token : tokens->tokenize(text)) symbols.push_back(token.symbol);
    const auto bytes = model.bytes();
    EXPECT_LT(bits(*bytes, std::vector<Symbol>(text.begin(), text.end())),
              bits(*tokens, symbols) + 1);
  }
}

// Bytes that no token spells cost bits, and nothing else.
TEST(BytesOfTokens, SpellWhatTheVocabularyCant) {
  nlohmann::json vocabulary = space_mark();
  vocabulary["model"]["vocab"].erase("<0x7A>");
  vocabulary["model"]["byte_fallback"] = false;
  const TokenModel model(vocabulary);
  const auto bytes = model.bytes();
  bytes->observe(to_bytes("the "));
  EXPECT_LT(bytes->log2_probs()['z'], -20);
  bytes->observe(to_bytes("zz the"));
  expect_distribution(bytes->log2_probs());
}

TEST(BytesOfTokens, StandManyBytesThatTheVocabularyCant) {
  nlohmann::json vocabulary = space_mark();
  vocabulary["model"]["vocab"].erase("<0x7A>");
  vocabulary["model"]["byte_fallback"] = false;
  const TokenModel model(vocabulary);
  const auto bytes = model.bytes();
  for (int i = 0; i < 300; ++i) bytes->observe(to_bytes("the the "));  // that no z comes is learnt
  for (int i = 0; i < 3; ++i) {
    bytes->observe(Bytes(100, 'z'));
    expect_distribution(bytes->log2_probs());
    bytes->observe(to_bytes("the"));
    expect_distribution(bytes->log2_probs());
  }
}

TEST(BytesOfTokens, AreRefusedWhereTheSymbolsAreBytesAlready) {
  EXPECT_THROW((void)make_predictor("bytes:ppm"), Error);
  EXPECT_THROW((void)make_predictor("bytes:gzip:9"), Error);
  EXPECT_THROW((void)make_codec("bytes:gzip:9"), Error);
}

}  // namespace
}  // namespace zipdream
