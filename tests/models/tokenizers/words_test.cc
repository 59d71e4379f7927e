// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/tokenizers/unicode.h"

namespace zipdream {
namespace {

using Pattern = WordRules::Pattern;
using Digits = WordRules::Digits;
using testing::ElementsAre;

std::vector<std::string> words(std::string_view text, const WordRules& rules) {
  std::vector<std::string> result;
  for_each_word(as_bytes(text), rules, [&](ByteView word) { result.emplace_back(as_chars(word)); });
  return result;
}
std::vector<std::string> gpt2(std::string_view text) { return words(text, {Pattern::kGpt2}); }
std::vector<std::string> gpt4(std::string_view text) { return words(text, {Pattern::kGpt4}); }

TEST(CharKind, TellsLettersNumbersAndSpacesOfAllScripts) {
  const auto kind = [](std::string_view text) { return char_at(as_bytes(text), 0).kind; };
  for (const char* letter : {"a", "Z", "é", "ß", "ª", "日", "ا", "ǅ", "ʰ", "𝒳"}) {
    EXPECT_EQ(kind(letter), CharKind::kLetter) << letter;
  }
  for (const char* number : {"0", "9", "²", "½", "Ⅷ", "٣"}) {
    EXPECT_EQ(kind(number), CharKind::kNumber) << number;
  }
  for (const char* space : {" ", "\t", "\n", "\v", "\f", "\r", "\u0085", "\u00A0", "\u1680",
                            "\u2003", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"}) {
    EXPECT_EQ(kind(space), CharKind::kSpace) << space;
  }
  for (const char* other : {"!", "_", "\x1C", "\u0301", "\u200B", "\uFEFF", "🎉", "€"}) {
    EXPECT_EQ(kind(other), CharKind::kOther) << other;
  }
}

TEST(CharAt, TakesEachByteThatIsNoUtf8Alone) {
  // a lone continuation, a cut sequence, an overlong one, a surrogate, beyond U+10FFFF
  for (const char* text : {"\x80", "\xE2\x96", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    const Char c = char_at(as_bytes(text), 0);
    EXPECT_EQ(c.code, kNoChar);
    EXPECT_EQ(c.length, 1U);
    EXPECT_EQ(c.kind, CharKind::kOther);
  }
  EXPECT_EQ(char_at(as_bytes("🎉"), 0).length, 4U);
}

TEST(Gpt2Words, AreLettersNumbersOrOthersWithOneSpaceBefore) {
  EXPECT_THAT(gpt2("Hello, world! 12ab"), ElementsAre("Hello", ",", " world", "!", " 12", "ab"));
  EXPECT_THAT(gpt2("été 日本 ²"), ElementsAre("été", " 日本", " ²"));
}

TEST(Gpt2Words, CutContractionsInLowerCaseOnly) {
  EXPECT_THAT(gpt2("don't we'll I'M"), ElementsAre("don", "'t", " we", "'ll", " I", "'", "M"));
  EXPECT_THAT(gpt2("'sun 'r"), ElementsAre("'s", "un", " '", "r"));
}

TEST(Gpt2Words, LeaveTheLastSpaceOfARunToTheWord) {
  EXPECT_THAT(gpt2("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(gpt2("a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
  EXPECT_THAT(gpt2("a \t"), ElementsAre("a", " \t"));
  EXPECT_THAT(gpt2("a "), ElementsAre("a", " "));
  EXPECT_THAT(gpt2(" \u00A0x"), ElementsAre(" ", "\u00A0", "x"));
}

TEST(Gpt4Words, CutContractionsInAnyCaseAndNumbersByThree) {
  EXPECT_THAT(gpt4("I'M we'Ll x'ſy"), ElementsAre("I", "'M", " we", "'Ll", " x", "'ſ", "y"));
  EXPECT_THAT(gpt4("a1234567 89"), ElementsAre("a", "123", "456", "7", " ", "89"));
  EXPECT_THAT(words("123", {.pattern = Pattern::kGpt4, .digits = 1}), ElementsAre("1", "2", "3"));
}

TEST(Gpt4Words, TakeOneOtherCharacterBeforeLettersAndLineEndsAfterOthers) {
  EXPECT_THAT(gpt4("(abc) \tdef"), ElementsAre("(abc", ")", " ", "\tdef"));
  EXPECT_THAT(gpt4("x !!\r\n\r\ny"), ElementsAre("x", " !!\r\n\r\n", "y"));
}

TEST(Gpt4Words, CutRunsOfSpacesAfterTheirLastLineEnd) {
  EXPECT_THAT(gpt4("a \n \n  b"), ElementsAre("a", " \n \n", " ", " b"));
  EXPECT_THAT(gpt4("a\nb"), ElementsAre("a", "\n", "b"));
  EXPECT_THAT(gpt4("a   "), ElementsAre("a", "   "));
}

TEST(Words, CanHaveDigitsCutOutFirst) {
  EXPECT_THAT(words("a 12b", {Pattern::kGpt2, 3, Digits::kSinglyApart}),
              ElementsAre("a", " ", "1", "2", "b"));
  EXPECT_THAT(words("a 12b", {Pattern::kGpt2, 3, Digits::kRunsApart}),
              ElementsAre("a", " ", "12", "b"));
}

TEST(Words, OfSentencePieceBeginAtSpaces) {
  EXPECT_THAT(words("ab  c d", {Pattern::kSpaces}), ElementsAre("ab", " ", " c", " d"));
}

TEST(Words, AreAllOfTheTextWhateverItsBytes) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += static_cast<char>(i * 131 ^ i >> 3);
  for (const Pattern pattern : {Pattern::kNone, Pattern::kGpt2, Pattern::kGpt4, Pattern::kSpaces}) {
    std::string joined;
    for (const std::string& word : words(text, {pattern})) {
      EXPECT_FALSE(word.empty());
      joined += word;
    }
    EXPECT_EQ(joined, text);
    EXPECT_THAT(words("", {pattern}), ElementsAre());
  }
}

TEST(Words, OfAMegabyteWithoutAnEndAreCutInLinearTime) {
  for (const char* piece : {"a", " ", "\n ", "'", "1", "\xFF"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_LE(gpt2(text).size(), text.size());
    EXPECT_LE(gpt4(text).size(), text.size());
  }
}

TEST(Words, HaveRulesForTheRegexesOfKnownModelsAlone) {
  const auto gpt2_rules = rules_of_regex(
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)");
  ASSERT_TRUE(gpt2_rules);
  EXPECT_EQ(gpt2_rules->pattern, Pattern::kGpt2);
  const std::string gpt4_regex =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
      R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  ASSERT_TRUE(rules_of_regex(gpt4_regex));
  EXPECT_EQ(rules_of_regex(gpt4_regex)->digits, 3U);
  EXPECT_FALSE(rules_of_regex(gpt4_regex + "|x"));
  EXPECT_FALSE(rules_of_regex(""));
}

}  // namespace
}  // namespace zipdream
