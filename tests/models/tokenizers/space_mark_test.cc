// SPDX-License-Identifier: Apache-2.0
// Vocabularies of SentencePiece's kind, from tokenizer.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::ElementsAre;
using Json = nlohmann::json;

Json hello_vocabulary() {
  return space_mark_vocabulary({"▁", "h", "e", "l", "o", "é"},
                               {"h e", "l l", "▁ he", "▁he ll", "▁hell o"});
}

TEST(SpaceMarkTokenizer, BeginsATextWithItsOwnSpace) {
  const auto tokenizer = load_json(hello_vocabulary());
  EXPECT_EQ(as_chars(tokenizer->text_prefix()), " ");
  EXPECT_THAT(pieces(*tokenizer, "hello hello"), ElementsAre(" hello", " hello"));
  EXPECT_THAT(pieces(*tokenizer, " hello"), ElementsAre(" ", " hello"));
  EXPECT_TRUE(tokenizer->encode({}).empty());
}

TEST(SpaceMarkTokenizer, TakesItsSpaceAwayAtTheBeginningAlone) {
  const auto tokenizer = load_json(hello_vocabulary());
  EXPECT_TRUE(tokenizer->takes_any_bytes());
  for (const Bytes& text : awkward_texts()) {
    const std::vector<Symbol> symbols = tokenizer->encode(text);
    EXPECT_EQ(decode(*tokenizer, symbols), text) << as_chars(text);
    Bytes joined;
    for (const Symbol symbol : symbols) {
      const ByteView bytes = tokenizer->bytes_of(symbol);
      EXPECT_FALSE(bytes.empty()) << "a control token";
      joined.insert(joined.end(), bytes.begin(), bytes.end());
    }
    Bytes expected = text.empty() ? Bytes() : Bytes{' '};
    expected.insert(expected.end(), text.begin(), text.end());
    EXPECT_EQ(joined, expected);
  }
}

TEST(SpaceMarkTokenizer, ContinuesATextWithoutASpace) {
  const auto tokenizer = load_json(hello_vocabulary());
  const std::vector<Symbol> more = tokenizer->encode_more(as_bytes("hello"));
  ASSERT_FALSE(more.empty());
  EXPECT_EQ(as_chars(tokenizer->bytes_of(more[0])), "he");
}

TEST(SpaceMarkTokenizer, SpellsCharactersItLacksInBytes) {
  const auto tokenizer = load_json(hello_vocabulary());
  EXPECT_EQ(tokenizer->encode_more(as_bytes("é")).size(), 1U);
  EXPECT_THAT(tokenizer->encode_more(as_bytes("è")), ElementsAre(3 + 0xC3, 3 + 0xA8));
  EXPECT_THAT(tokenizer->encode_more(as_bytes("\xC3")), ElementsAre(3 + 0xC3));
}

TEST(SpaceMarkTokenizer, TellsItsMarkFromTheCharacterInAText) {
  const auto tokenizer = load_json(hello_vocabulary());
  EXPECT_THAT(tokenizer->encode_more(as_bytes("▁")), ElementsAre(3 + 0xE2, 3 + 0x96, 3 + 0x81));
  EXPECT_EQ(tokenizer->encode_more(as_bytes(" ")).size(), 1U);
}

TEST(SpaceMarkTokenizer, HasWhatBeginsAndEndsATextFromTheTemplate) {
  Json vocabulary = hello_vocabulary();
  const auto usual = load_json(vocabulary);
  EXPECT_EQ(usual->begin_of_text(), std::optional<Symbol>(1));
  EXPECT_EQ(usual->end_of_text(), std::optional<Symbol>(2));
  vocabulary["post_processor"] = {{"type", "TemplateProcessing"},
                                  {"single", Json::array({{{"SpecialToken", {{"id", "</s>"}}}},
                                                          {{"Sequence", {{"id", "A"}}}}})}};
  EXPECT_EQ(load_json(vocabulary)->begin_of_text(), std::optional<Symbol>(2));
}

TEST(SpaceMarkTokenizer, ReadsMetaspaceAsItReadsTheNormalizers) {
  Json vocabulary = hello_vocabulary();
  const auto tokenizer = load_json(vocabulary);
  vocabulary["normalizer"] = nullptr;
  vocabulary["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "first"}, {"split", false}};
  const auto metaspace = load_json(vocabulary);
  for (const Bytes& text : awkward_texts()) {
    EXPECT_EQ(metaspace->encode(text), tokenizer->encode(text));
  }
  vocabulary["pre_tokenizer"]["prepend_scheme"] = "never";
  EXPECT_TRUE(load_json(vocabulary)->text_prefix().empty());
}

TEST(SpaceMarkTokenizer, WithoutBytesRefusesOtherCharactersAndSaysWhere) {
  Json vocabulary = hello_vocabulary();
  vocabulary["model"]["byte_fallback"] = false;
  const auto tokenizer = load_json(vocabulary);
  EXPECT_FALSE(tokenizer->takes_any_bytes());
  EXPECT_THAT(pieces(*tokenizer, "hello é"), ElementsAre(" hello", " ", "é"));
  for (const char* text : {"hello è", "hello ▁", "hello \xFF"}) {
    try {
      (void)tokenizer->encode(as_bytes(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr("at byte 6 of the text"));
    }
  }
}

}  // namespace
}  // namespace zipdream
