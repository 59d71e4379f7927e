// SPDX-License-Identifier: Apache-2.0
// RWKV's vocabularies, of which the longest token matches.
#include "models/tokenizers/longest_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Tokenizer> load(const std::string& file) {
  const TemporaryFolder folder;
  write_file(folder / "rwkv_vocab_v20230424.txt", to_bytes(file));
  return load_tokenizer(folder.path());
}

std::string error_of(const std::string& file) {
  try {
    static_cast<void>(load(file));
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

std::vector<std::string> cut(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> parts;
  for (const Symbol symbol : tokenizer.encode(as_bytes(text))) {
    parts.emplace_back(as_chars(tokenizer.bytes_of(symbol)));
  }
  return parts;
}

TEST(LongestMatch, TakesTheLongestTokenAtEachPlace) {
  const auto tokenizer = load(rwkv_file({"ab", "abcd", "bc", "cde", " the", " th", "e"}));
  EXPECT_THAT(cut(*tokenizer, "abcde"), ElementsAre("abcd", "e"));
  EXPECT_THAT(cut(*tokenizer, "abcx"), ElementsAre("ab", "c", "x"));
  EXPECT_THAT(cut(*tokenizer, "abc"), ElementsAre("ab", "c"));
  EXPECT_THAT(cut(*tokenizer, " then the"), ElementsAre(" the", "n", " the"));
  EXPECT_THAT(cut(*tokenizer, " th"), ElementsAre(" th"));
  EXPECT_THAT(cut(*tokenizer, ""), ElementsAre());
}

TEST(LongestMatch, LosesNothing) {
  const auto tokenizer = load(rwkv_file({"he", "hell", "\xe2\x96\x81h", "\xff\xfe", "\r\n"}));
  EXPECT_TRUE(tokenizer->takes_any_bytes());
  EXPECT_TRUE(tokenizer->text_prefix().empty());
  for (const Bytes& text : awkward_texts()) {
    EXPECT_EQ(decode(*tokenizer, tokenizer->encode(text)), text);
    EXPECT_EQ(tokenizer->encode_more(text), tokenizer->encode(text));
  }
}

TEST(LongestMatch, ReadsTheNamesOfControlTokensWhereItIsAskedTo) {
  const auto tokenizer = load(rwkv_file({"ab"}));
  const std::string name = "<|rwkv_tokenizer_end_of_text|>";
  EXPECT_EQ(tokenizer->begin_of_text(), std::optional<Symbol>(0));
  EXPECT_EQ(tokenizer->end_of_text(), std::optional<Symbol>(0));
  EXPECT_TRUE(tokenizer->bytes_of(0).empty());
  EXPECT_EQ(tokenizer->find(name), std::optional<Symbol>(0));
  const Bytes text = to_bytes("ab" + name + "ab");
  EXPECT_EQ(tokenizer->encode_special(text, true), (std::vector<Symbol>{257, 0, 257}));
  EXPECT_EQ(decode(*tokenizer, tokenizer->encode(text)), text);
}

TEST(RwkvVocabulary, IsOfPythonsLiterals) {
  const auto tokenizer = load(
      "1 '\\x00' 1\n2 'a' 1\n3 \"'\" 1\r\n4 '\"' 1\n5 '\\\\' 1\n6 ' a b' 4\n7 'é' 2\n8 '\\xe9' 2\n"
      "9 b'\\xe9' 1\n10 '\\u2028' 3\n11 '\\U0001f389' 4\n12 '\\t\\n\\r' 3\n\n20 '日本' 6\n");
  const auto bytes = [&](Symbol symbol) { return as_chars(tokenizer->bytes_of(symbol)); };
  EXPECT_EQ(tokenizer->size(), 21U);
  EXPECT_EQ(bytes(1), std::string_view("\0", 1));
  EXPECT_EQ(bytes(3), "'");
  EXPECT_EQ(bytes(4), "\"");
  EXPECT_EQ(bytes(5), "\\");
  EXPECT_EQ(bytes(6), " a b");
  EXPECT_EQ(bytes(8), "\xc3\xa9");
  EXPECT_EQ(bytes(9), "\xe9");
  EXPECT_EQ(bytes(10), "\xe2\x80\xa8");
  EXPECT_EQ(bytes(11), "\xf0\x9f\x8e\x89");
  EXPECT_EQ(bytes(12), "\t\n\r");
  EXPECT_EQ(bytes(20), "日本");
  EXPECT_TRUE(bytes(15).empty()) << "an id that is left out";
  EXPECT_EQ(tokenizer->encode(as_bytes("é")), std::vector<Symbol>{8}) << "the later one";
}

TEST(RwkvVocabulary, ThatLacksABytesTokenNamesTheByte) {
  const auto tokenizer = load("1 'a' 1\n2 'bc' 2\n");
  EXPECT_FALSE(tokenizer->takes_any_bytes());
  EXPECT_EQ(tokenizer->encode(as_bytes("abc")), (std::vector<Symbol>{1, 2}));
  try {
    static_cast<void>(tokenizer->encode(as_bytes("aab!")));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no token for the byte 62 (hex) at byte 2"));
  }
}

TEST(RwkvVocabulary, ThatIsDamagedIsRefusedByTheLine) {
  EXPECT_THAT(error_of(""), HasSubstr("has no token"));
  for (const char* line :
       {"2", "2 ", "2 'a'", "x 'a' 1", "-1 'a' 1", "99999999 'a' 1", "2 a 1", "2 'a 1", "2 '' 0",
        "2 'a' 2", "2 'a' x", "2 '\\x4' 1", "2 '\\q' 1", "2 '\\' 1", "2 b'\\u0041' 1",
        "2 '\\ud800' 3", "2 '\\U00110000' 4", "1 'b' 1"}) {
    EXPECT_THAT(error_of("1 'a' 1\n" + std::string(line) + "\n"), HasSubstr(".txt: line 2 "))
        << line;
  }
  EXPECT_THAT(error_of("1 '" + std::string(2000, 'a') + "' 2000\n"), HasSubstr("2000 bytes"));
}

TEST(RwkvVocabulary, MustBeTheOnlyOne) {
  const TemporaryFolder folder;
  write_file(folder / "rwkv_vocab_1.txt", to_bytes(rwkv_file({})));
  EXPECT_EQ(load_tokenizer(folder.path())->size(), 257U);
  EXPECT_EQ(tokenizer_files(folder.path()).size(), 1U);
  write_file(folder / "rwkv_vocab_2.txt", to_bytes(rwkv_file({})));
  EXPECT_THROW(static_cast<void>(load_tokenizer(folder.path())), Error);
  EXPECT_EQ(load_tokenizer(folder / "rwkv_vocab_2.txt")->size(), 257U);
}

}  // namespace
}  // namespace zipdream
