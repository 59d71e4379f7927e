// SPDX-License-Identifier: Apache-2.0
// Vocabularies of GPT-2's kind, from tokenizer.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/parallel.h"
#include "models/tokenizers/unicode.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::ElementsAre;

TEST(ByteLevelAlphabet, IsThatOfGpt2) {
  EXPECT_EQ(to_byte_level(" a\n"), "ĠaĊ");
  EXPECT_EQ(to_byte_level(std::string_view("\0\x7F\xA0\xAD\xFF", 5)), "Āġł\u0143ÿ");
  EXPECT_EQ(from_byte_level("ĠaĊ"), " a\n");
  EXPECT_FALSE(from_byte_level("a b"));
  EXPECT_FALSE(from_byte_level("日"));
}

TEST(ByteLevelTokenizer, MergesByRankNotByPlace) {
  const auto tokenizer = load_json(byte_level_vocabulary({"l l", "h e", "he ll", "Ġ he"}));
  EXPECT_THAT(pieces(*tokenizer, "hello"), ElementsAre("hell", "o"));
  // "Ġ he" is of a lower rank than "he ll", which comes first
  EXPECT_THAT(pieces(*tokenizer, " hello he"), ElementsAre(" ", "hell", "o", " he"));
}

TEST(ByteLevelTokenizer, MergesEqualPairsFromTheLeft) {
  const auto tokenizer = load_json(byte_level_vocabulary({"a a", "aa a"}));
  EXPECT_THAT(pieces(*tokenizer, "aaa"), ElementsAre("aaa"));
  EXPECT_THAT(pieces(*tokenizer, "aaaaa"), ElementsAre("aa", "aaa"));
}

TEST(ByteLevelTokenizer, MergesNothingAcrossWords) {
  const auto tokenizer = load_json(byte_level_vocabulary({"a Ġ", "a b"}));
  EXPECT_THAT(pieces(*tokenizer, "a b"), ElementsAre("a", " ", "b"));
}

TEST(ByteLevelTokenizer, BringsBackAllBytes) {
  const auto tokenizer = load_json(byte_level_vocabulary({"h e", "l l", "he ll", "Ã ©", "â ĸ"}));
  EXPECT_TRUE(tokenizer->takes_any_bytes());
  EXPECT_TRUE(tokenizer->text_prefix().empty());
  for (const Bytes& text : awkward_texts()) {
    EXPECT_EQ(decode(*tokenizer, tokenizer->encode(text)), text) << as_chars(text);
  }
}

TEST(ByteLevelTokenizer, MakesNoControlTokenOfItsName) {
  const auto tokenizer = load_json(byte_level_vocabulary({}));
  EXPECT_EQ(tokenizer->size(), 257U);
  EXPECT_EQ(tokenizer->end_of_text(), std::optional<Symbol>(256));
  EXPECT_EQ(tokenizer->begin_of_text(), std::optional<Symbol>(256));
  EXPECT_EQ(tokenizer->find("<|endoftext|>"), std::optional<Symbol>(256));
  EXPECT_TRUE(tokenizer->bytes_of(256).empty());
  EXPECT_EQ(tokenizer->encode(as_bytes("<|endoftext|>")).size(), 13U);
}

TEST(ByteLevelTokenizer, StreamsATextCutInsideACharacter) {
  const auto tokenizer = load_json(byte_level_vocabulary({"Ã ©", "Ã© t"}));
  const Bytes text = to_bytes("été");
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::vector<Symbol> symbols = tokenizer->encode(ByteView(text).first(cut));
    const std::vector<Symbol> more = tokenizer->encode_more(ByteView(text).subspan(cut));
    symbols.insert(symbols.end(), more.begin(), more.end());
    EXPECT_EQ(decode(*tokenizer, symbols), text);
  }
}

TEST(ByteLevelTokenizer, FindsAddedTokensThatAreTextTheLongestFirst) {
  nlohmann::json vocabulary = byte_level_vocabulary({"a b"});
  for (const char* name : {"  ", "    ", "<x>"}) {
    const auto id = 256 + 1 + vocabulary["added_tokens"].size();
    vocabulary["added_tokens"].push_back({{"id", id}, {"content", name}, {"special", false}});
  }
  const auto tokenizer = load_json(vocabulary);
  EXPECT_THAT(pieces(*tokenizer, "ab       <x>ab"),
              ElementsAre("ab", "    ", "  ", " ", "<x>", "ab"));
}

// The pieces of a text in which control tokens are read, by their names.
std::vector<std::string> special_pieces(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> names;
  for (const Symbol symbol : tokenizer.encode_special(as_bytes(text), true)) {
    const ByteView bytes = tokenizer.bytes_of(symbol);
    names.push_back(bytes.empty() ? "#" + std::to_string(symbol) : std::string(as_chars(bytes)));
  }
  return names;
}

nlohmann::json with_added(std::vector<nlohmann::json> tokens) {
  nlohmann::json vocabulary = byte_level_vocabulary({"a b"});
  for (nlohmann::json& token : tokens) {
    const auto& known = vocabulary["model"]["vocab"];
    const auto found = known.find(token["content"].get<std::string>());
    token["id"] = found != known.end() ? found->get<std::size_t>()
                                       : 256 + 1 + vocabulary["added_tokens"].size();
    vocabulary["added_tokens"].push_back(std::move(token));
  }
  return vocabulary;
}

TEST(ByteLevelTokenizer, KeepsTheSpacesBesideAddedTokensThatWouldTakeThemInATextAsItIs) {
  const auto tokenizer =
      load_json(with_added({{{"content", "<l>"}, {"special", false}, {"lstrip", true}},
                            {{"content", "<r>"}, {"special", false}, {"rstrip", true}}}));
  EXPECT_THAT(pieces(*tokenizer, "a <l> <r> b"),
              ElementsAre("a", " ", "<l>", " ", "<r>", " ", "b"));
  EXPECT_THAT(special_pieces(*tokenizer, "a \n<l> <r> \n b"),
              ElementsAre("a", "<l>", " ", "<r>", "b"));
}

TEST(ByteLevelTokenizer, FindsAddedTokensThatAreSingleWordsBetweenWordsAlone) {
  const auto tokenizer =
      load_json(with_added({{{"content", "ab"}, {"special", false}, {"single_word", true}},
                            {{"content", "<ab>"}, {"special", false}, {"single_word", true}}}));
  for (const char* text : {"ab", "!ab.", " ab\xFF"}) {
    const std::vector<Symbol> symbols = tokenizer->encode(as_bytes(text));
    EXPECT_EQ(std::count(symbols.begin(), symbols.end(), 256), 1) << text;
  }
  EXPECT_THAT(pieces(*tokenizer, "x<ab>"), ElementsAre("x", "<", "ab", ">"));
  EXPECT_THAT(pieces(*tokenizer, "<ab>\u0301"), testing::Contains("<"));
  EXPECT_THAT(pieces(*tokenizer, "é<ab> "), testing::Contains("<"));
  EXPECT_THAT(pieces(*tokenizer, " <ab> "), ElementsAre(" ", "<ab>", " "));
}

TEST(ByteLevelTokenizer, LooksForAddedTokensThatAreNotNormalizedFirst) {
  const auto tokenizer =
      load_json(with_added({{{"content", "xyz"}, {"special", false}, {"normalized", true}},
                            {{"content", "yz"}, {"special", false}, {"normalized", false}}}));
  EXPECT_THAT(pieces(*tokenizer, "xyz"), ElementsAre("x", "yz"));
}

TEST(ByteLevelTokenizer, ReadsControlTokensInATextOnlyWhenAsked) {
  const auto tokenizer = load_json(byte_level_vocabulary({"a b"}));
  EXPECT_THAT(special_pieces(*tokenizer, "ab<|endoftext|>ab"), ElementsAre("ab", "#257", "ab"));
  EXPECT_THAT(special_pieces(*tokenizer, "<|endoftext|"), testing::Not(testing::Contains("#257")));
  EXPECT_THAT(tokenizer->encode(as_bytes("<|endoftext|>")), testing::Not(testing::Contains(257U)));
}

TEST(ByteLevelTokenizer, CutsByAllStepsThatTheFileHas) {
  nlohmann::json vocabulary = byte_level_vocabulary({"a b", "ab c"});
  const auto split = [](const char* regex, const char* behavior) -> nlohmann::json {
    return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", behavior}};
  };
  const nlohmann::json bytes = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const auto cut = [&](std::vector<nlohmann::json> steps, std::string_view text) {
    vocabulary["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", steps}};
    return pieces(*load_json(vocabulary), text);
  };
  EXPECT_THAT(cut({split("c", "Isolated"), bytes}, "abcab"), ElementsAre("ab", "c", "ab"));
  EXPECT_THAT(cut({split("b", "MergedWithNext"), bytes}, "abc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(cut({{{"type", "Punctuation"}}, bytes}, "a.b!"), ElementsAre("a", ".", "b", "!"));
  EXPECT_THAT(cut({bytes, split("Ġ", "Isolated")}, "ab abc"), ElementsAre("ab", " ", "abc"));
}

TEST(ByteLevelTokenizer, TakesWholeWordsBeforeMergesWhereTheFileSaysSo) {
  nlohmann::json vocabulary = byte_level_vocabulary({"a b", "b c", "a bc"});
  EXPECT_THAT(pieces(*load_json(vocabulary), "abc"), ElementsAre("ab", "c"));
  vocabulary["model"]["ignore_merges"] = true;
  EXPECT_THAT(pieces(*load_json(vocabulary), "abc"), ElementsAre("abc"));
}

TEST(ByteLevelTokenizer, ReadsMergesAsPairsToo) {
  nlohmann::json vocabulary = byte_level_vocabulary({"a b"});
  vocabulary["model"]["merges"] = nlohmann::json::array({nlohmann::json::array({"a", "b"})});
  EXPECT_THAT(pieces(*load_json(vocabulary), "ab"), ElementsAre("ab"));
}

TEST(ByteLevelTokenizer, CutsWordsByTheFilesOwnPattern) {
  nlohmann::json vocabulary = byte_level_vocabulary({"1 2", "12 3", "123 4"});
  EXPECT_THAT(pieces(*load_json(vocabulary), "1234"), ElementsAre("1234"));
  const nlohmann::json bytes = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const char* regex =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
      R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  vocabulary["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       nlohmann::json::array(
           {{{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}},
            bytes})}};
  EXPECT_THAT(pieces(*load_json(vocabulary), "1234"), ElementsAre("123", "4"));
  vocabulary["pre_tokenizer"]["pretokenizers"][0] = {{"type", "Digits"},
                                                     {"individual_digits", true}};
  EXPECT_THAT(pieces(*load_json(vocabulary), "123"), ElementsAre("1", "2", "3"));
}

TEST(ByteLevelTokenizer, GivesManyThreadsTheSameSymbols) {
  const auto tokenizer = load_json(byte_level_vocabulary({"h e", "l l", "he ll"}));
  const Bytes text = awkward_texts().back();
  const std::vector<Symbol> expected = tokenizer->encode(text);
  std::vector<std::vector<Symbol>> results(16);
  parallel_for(results.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) results[i] = tokenizer->encode(text);
  });
  EXPECT_THAT(results, testing::Each(expected));
}

TEST(ByteLevelTokenizer, RefusesBytesThatItsVocabularyLacksAndSaysWhere) {
  nlohmann::json vocabulary = byte_level_vocabulary({});
  vocabulary["model"]["vocab"].erase("Ā");  // the byte 0
  vocabulary["model"]["vocab"]["ab"] = 0;
  const auto tokenizer = load_json(vocabulary);
  EXPECT_FALSE(tokenizer->takes_any_bytes());
  try {
    (void)tokenizer->encode(Bytes{'a', 'b', 0});
    FAIL() << "the byte was taken";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("character 00 (hex) at byte 2 of the text"));
  }
}

}  // namespace
}  // namespace zipdream
