// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "models/tokenizers/regex.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using Kind = WordStep::Kind;
using testing::ElementsAre;

std::vector<std::string> words(std::string_view text, const WordRules& rules) {
  std::vector<std::string> result;
  for_each_word(as_bytes(text), rules, [&](ByteView word) { result.emplace_back(as_chars(word)); });
  return result;
}
std::vector<std::string> gpt2(std::string_view text) { return words(text, {{Kind::kGpt2}}); }
std::vector<std::string> gpt4(std::string_view text) { return words(text, {{Kind::kGpt4}}); }

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
  EXPECT_THAT(words("123", {{.kind = Kind::kGpt4, .digits = 1}}), ElementsAre("1", "2", "3"));
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
  EXPECT_THAT(words("a 12b", {{Kind::kEachNumber}, {Kind::kGpt2}}),
              ElementsAre("a", " ", "1", "2", "b"));
  EXPECT_THAT(words("a 12b", {{Kind::kNumberRuns}, {Kind::kGpt2}}),
              ElementsAre("a", " ", "12", "b"));
}

TEST(Words, OfSentencePieceBeginAtSpaces) {
  EXPECT_THAT(words("ab  c d", {{Kind::kSpaces}}), ElementsAre("ab", " ", " c", " d"));
}

std::vector<WordRules> every_kind_of_rules() {
  std::vector<WordRules> rules = {{}, {{Kind::kGpt2}}, {{Kind::kGpt4}}, {{Kind::kSpaces}}};
  for (const char* name : {"gpt-4o", "tekken", "deepseek-v3", "deepseek-coder", "falcon", "bloom",
                           "viking", "superbpe", "default", "qwen35"}) {
    rules.push_back(*rules_of_name(name));
  }
  rules.push_back({{.kind = Kind::kRegex,
                    .regex = std::make_shared<Regex>("[a-m]"),
                    .seen = WordStep::Seen::kByteLevel}});
  return rules;
}

TEST(Words, AreAllOfTheTextWhateverItsBytes) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += static_cast<char>(i * 131 ^ i >> 3);
  for (const WordRules& rules : every_kind_of_rules()) {
    std::string joined;
    for (const std::string& word : words(text, rules)) {
      EXPECT_FALSE(word.empty());
      joined += word;
    }
    EXPECT_EQ(joined, text);
    EXPECT_THAT(words("", rules), ElementsAre());
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

TEST(Words, OfTheCommonRegexesAreScannedByHandAsTheRegexItselfWould) {
  const std::string gpt2_regex =
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
  const std::string gpt4_regex =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
      R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const std::vector<std::string> pieces = {
      "a",  "I", "'",      "s",      "LL",     "'Ve", "ſ",  " ",   "  ",  "\t",   "\n", "\r\n",
      "\n", "1", "234567", "²",      "日",     "é",   "!",  "...", "_",   "\xFF", "🎉",  "\u0301",
      "K",  "m", "\u0085", "\u180E", "\u00A0", "ß",   "\v", "'d",  "'re", "\xE2", "Ⅷ"};
  Rng rng(7);
  for (const std::string& regex : {gpt2_regex, gpt4_regex}) {
    const WordStep by_hand = step_of_regex(regex);
    ASSERT_NE(by_hand.kind, Kind::kRegex);
    const WordStep by_regex = {.kind = Kind::kRegex, .regex = std::make_shared<Regex>(regex)};
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (int i = 0; i < 12; ++i) text += pieces[rng.next() % pieces.size()];
      ASSERT_EQ(words(text, {by_hand}), words(text, {by_regex})) << testing::PrintToString(text);
    }
  }
}

TEST(RegexWords, OfGpt4oBeginAtCapitalsAndKeepTheirEndings) {
  EXPECT_THAT(words("helloWorld I'M DON'T HTTPServer", *rules_of_name("gpt-4o")),
              ElementsAre("hello", "World", " I'M", " DON'T", " HTTPServer"));
  EXPECT_THAT(words("don't 12345", *rules_of_name("gpt-4o")),
              ElementsAre("don't", " ", "123", "45"));
  EXPECT_THAT(words("don't 12", *rules_of_name("tekken")), ElementsAre("don", "'t", " ", "1", "2"));
}

TEST(RegexWords, OfSeveralStepsAreCutByOneAfterTheOther) {
  EXPECT_THAT(words("abc1234 日本x.Net", *rules_of_name("deepseek-v3")),
              ElementsAre("abc", "123", "4", " ", "日本", "x", ".Net"));
  EXPECT_THAT(words("a1234b", *rules_of_name("falcon")), ElementsAre("a", "123", "4", "b"));
}

TEST(RegexWords, OfPatternsWithoutWidthAreCutThere) {
  EXPECT_THAT(words("x 1234567", *rules_of_name("superbpe")), ElementsAre("x ", "1", "234", "567"));
}

TEST(RegexWords, HaveANameOfNoneWhereAFileHasNone) {
  EXPECT_THAT(words("Hi, 12345$", *rules_of_name("default")),
              ElementsAre("Hi", ",", " ", "123", "45", "$"));
  EXPECT_FALSE(rules_of_name("no-such"));
  EXPECT_FALSE(rules_of_name(""));
  EXPECT_FALSE(rules_of_name("gpt-2 phi-2"));
}

TEST(RegexWords, ArePutTogetherByTheBehavior) {
  using Behavior = WordStep::Behavior;
  const auto by = [](Behavior behavior, bool inverted) {
    return words("ab--c-d", {{.kind = Kind::kRegex,
                              .regex = std::make_shared<Regex>("-"),
                              .behavior = behavior,
                              .inverted = inverted}});
  };
  EXPECT_THAT(by(Behavior::kIsolated, false), ElementsAre("ab", "-", "-", "c", "-", "d"));
  EXPECT_THAT(by(Behavior::kContiguous, false), ElementsAre("ab", "--", "c", "-", "d"));
  EXPECT_THAT(by(Behavior::kMergedWithPrevious, false), ElementsAre("ab-", "-", "c-", "d"));
  EXPECT_THAT(by(Behavior::kMergedWithNext, false), ElementsAre("ab", "-", "-c", "-d"));
  EXPECT_THAT(by(Behavior::kMergedWithNext, true), ElementsAre("ab-", "-", "c-", "d"));
}

TEST(RegexWords, CanSeeBytesOrMarksInsteadOfTheText) {
  const auto seen = [](WordStep::Seen how, const char* regex, std::string_view text) {
    return words(text,
                 {{.kind = Kind::kRegex, .regex = std::make_shared<Regex>(regex), .seen = how}});
  };
  EXPECT_THAT(seen(WordStep::Seen::kByteLevel, "\u0120", "a b é"),
              ElementsAre("a", " ", "b", " ", "é"));
  EXPECT_THAT(seen(WordStep::Seen::kSpaceMarks, "\u2581.", "a b é\xFF"),
              ElementsAre("a", " b", " é", "\xFF"));
  EXPECT_THAT(seen(WordStep::Seen::kSpaceMarks, " ", "a b"), ElementsAre("a b"));
}

TEST(Regex, IsReadAsOnigurumaReadsIt) {
  const auto cut = [](const char* regex, std::string_view text) {
    return words(text, {{.kind = Kind::kRegex, .regex = std::make_shared<Regex>(regex)}});
  };
  EXPECT_THAT(cut(R"(\h+)", "xa9g"), ElementsAre("x", "a9", "g"));
  EXPECT_THAT(cut(R"([^(\s|[.,!?…。，、।۔،])]+)", "a(b,c"), ElementsAre("a", "(", "b", ",", "c"));
  EXPECT_THAT(cut(R"([\p{L}&&[^\p{Han}]]+)", "ab日c"), ElementsAre("ab", "日", "c"));
  EXPECT_THAT(cut(R"(\u0041)", "xAx"), ElementsAre("x", "A", "x"));
  EXPECT_THAT(cut(R"(\w+)", "a_\u0301\u203F1 b"), ElementsAre("a_\u0301\u203F1", " ", "b"));
  EXPECT_THAT(cut(R"(1\b)", "1² 1"), ElementsAre("1² ", "1"));
  EXPECT_THAT(cut(R"(a\b)", "a\u0301a a"), ElementsAre("a\u0301", "a", " ", "a"));
  EXPECT_THAT(cut(R"(^b$)", "a\nb\nc"), ElementsAre("a\n", "b", "\nc"));
}

TEST(Regex, ThatCantBeCompiledIsQuotedWithThePlace) {
  for (const char* regex : {"(", "[a", "a{2,1}", "\\", R"([\S\W])", R"(\p{NoSuch})", "[a&&b]",
                            R"(\u12)", "[^[^a]]", R"(\C)", "(?<=a+)b"}) {
    try {
      const Regex made(regex);
      ADD_FAILURE() << regex;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("the pattern '"));
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
    }
  }
}

TEST(Regex, ThatIsHostileIsStoppedAfterBoundedWork) {
  const std::string text = std::string(3000, 'a') + "cbx";
  for (const char* regex : {"(a+)+[bx]", "(a|aa)+b", "(?:(?:a*)*)*b", "(.*)(.*)(.*)(.*)(.*)x.+"}) {
    const WordRules rules = {{.kind = Kind::kRegex, .regex = std::make_shared<Regex>(regex)}};
    EXPECT_THROW(words(text, rules), Error) << regex;
  }
  EXPECT_THROW(Regex(std::string(100'000, '(')), Error);
  EXPECT_THROW(Regex("((((a{1000}){1000}){1000}){1000})"), Error);
}

TEST(RegexWords, OfAMegabyteWithoutAnEndAreCutInLinearTime) {
  for (const char* name : {"gpt-4o", "tekken", "deepseek-v3", "qwen35", "default"}) {
    for (const char* piece : {"a", "A", "aA", " ", "\n ", "'", "1", "日", "\xFF"}) {
      std::string text;
      while (text.size() < 300'000) text += piece;
      EXPECT_LE(words(text, *rules_of_name(name)).size(), text.size());
    }
  }
}

TEST(Words, AreScannedByHandForTheRegexesOfKnownModelsAlone) {
  const std::string gpt4_regex =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
      R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  EXPECT_EQ(step_of_regex(gpt4_regex).kind, Kind::kGpt4);
  EXPECT_EQ(step_of_regex(gpt4_regex).digits, 3U);
  EXPECT_EQ(step_of_regex(gpt4_regex + "|x").kind, Kind::kRegex);
}

}  // namespace
}  // namespace zipdream
