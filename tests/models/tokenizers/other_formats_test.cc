// SPDX-License-Identifier: Apache-2.0
// GPT-2's pair of files, llama2.c's one, and which of a folder's files is taken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "base/files.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(const std::string& folder) {
  try {
    (void)load_tokenizer(folder);
  } catch (const Error& e) {
    return e.what();
  }
  return "none";
}

// GPT-2's files of a vocabulary in tokenizer.json's layout.
void write_gpt2(const TemporaryFolder& folder, const nlohmann::json& vocabulary,
                const std::string& merges, const std::string& ids_name = "encoder.json",
                const std::string& merges_name = "vocab.bpe") {
  nlohmann::json ids = vocabulary["model"]["vocab"];
  ids["<|endoftext|>"] = ids.size();
  write_file(folder / ids_name, as_bytes(ids.dump()));
  write_file(folder / merges_name, as_bytes(merges));
}

TEST(Gpt2Files, AreReadLikeTheirTokenizerJson) {
  const nlohmann::json vocabulary = byte_level_vocabulary({"l l", "h e", "he ll", "Ġ he"});
  const auto expected = load_json(vocabulary);
  for (const auto& [ids, merges] :
       {std::pair("encoder.json", "vocab.bpe"), std::pair("vocab.json", "merges.txt")}) {
    const TemporaryFolder folder;
    write_gpt2(folder, vocabulary, "#version: 0.2\nl l\nh e\r\nhe ll\nĠ he\n", ids, merges);
    const auto tokenizer = load_tokenizer(folder.path());
    EXPECT_EQ(tokenizer->size(), expected->size());
    EXPECT_EQ(tokenizer->end_of_text(), expected->end_of_text());
    for (const Bytes& text : awkward_texts()) {
      EXPECT_EQ(tokenizer->encode(text), expected->encode(text));
    }
  }
}

TEST(Gpt2Files, ThatAreDamagedAreNamed) {
  const nlohmann::json vocabulary = byte_level_vocabulary({"l l"});
  for (const char* line : {"ll", "l l l", " l", "l "}) {
    const TemporaryFolder folder;
    write_gpt2(folder, vocabulary, "#version: 0.2\n" + std::string(line) + "\n");
    EXPECT_THAT(error_of(folder.path()), HasSubstr("vocab.bpe: line 2 is not two tokens"));
  }
  const TemporaryFolder folder;
  write_gpt2(folder, vocabulary, "l x\n");
  EXPECT_THAT(error_of(folder.path()), HasSubstr("merge 1 needs the token 'lx'"));
  write_file(folder / "encoder.json", as_bytes("[1, 2]"));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("not a JSON object"));
  write_file(folder / "encoder.json", as_bytes(R"({"a": -1})"));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("the id of 'a' is no number"));
}

struct Piece {
  std::string bytes;
  float score;
};

void put_u32(Bytes& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<Byte>(value >> shift));
}

void put_piece(Bytes& out, const Piece& piece) {
  put_u32(out, std::bit_cast<std::uint32_t>(piece.score));
  put_u32(out, static_cast<std::uint32_t>(piece.bytes.size()));
  out.insert(out.end(), piece.bytes.begin(), piece.bytes.end());
}

// llama2.c's file; the given pieces get the ids from 259.
Bytes llama2c_file(const std::vector<Piece>& pieces) {
  Bytes out;
  put_u32(out, 7);
  for (const char* name : {"<unk>", "\n<s>\n", "\n</s>\n"}) put_piece(out, {name, 0});
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    put_piece(out, {{'<', '0', 'x', kDigits[byte / 16], kDigits[byte % 16], '>'}, 0});
  }
  for (const Piece& piece : pieces) put_piece(out, piece);
  return out;
}

TEST(Llama2cTokenizer, MergesTheHighestScoreFirst) {
  const TemporaryFolder folder;
  write_file(folder / "tok9.bin", llama2c_file({{" ", -9},
                                                {"a", -9},
                                                {"b", -9},
                                                {"c", -9},
                                                {"ab", -2},
                                                {"bc", -1},
                                                {"abc", -3},
                                                {" a", 5}}));
  const auto tokenizer = load_tokenizer(folder.path());
  EXPECT_THAT(pieces(*tokenizer, "bcabc"), ElementsAre(" ", "bc", "abc"));
  EXPECT_THAT(pieces(*tokenizer, "abc"), ElementsAre(" a", "bc"));
  EXPECT_EQ(tokenizer->begin_of_text(), std::optional<Symbol>(1));
  EXPECT_EQ(tokenizer->end_of_text(), std::optional<Symbol>(2));
  EXPECT_TRUE(tokenizer->bytes_of(1).empty());
}

TEST(Llama2cTokenizer, BringsBackAllBytes) {
  const TemporaryFolder folder;
  write_file(folder / "tokenizer.bin", llama2c_file({{" ", 0}, {"l", 0}, {"ll", 1}, {"é", 0}}));
  const auto tokenizer = load_tokenizer(folder.path());
  EXPECT_TRUE(tokenizer->takes_any_bytes());
  for (const Bytes& text : awkward_texts()) {
    EXPECT_EQ(decode(*tokenizer, tokenizer->encode(text)), text) << as_chars(text);
  }
}

TEST(Llama2cTokenizer, ThatIsDamagedIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder / "tokenizer.bin";
  const auto error = [&](Bytes file) {
    write_file(path, file);
    return error_of(folder.path());
  };
  const Bytes whole = llama2c_file({{"ab", 0}});
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{31}, whole.size() - 1}) {
    EXPECT_THAT(error(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                HasSubstr("ends within a token"));
  }
  EXPECT_THAT(error({7, 0, 0, 0}), HasSubstr("only 0 tokens"));
  EXPECT_THAT(error(llama2c_file({{"", 0}})), HasSubstr("token 259 has a length of 0"));
  EXPECT_THAT(error(llama2c_file({{std::string(300, 'a'), 0}})), HasSubstr("length of 300"));
  EXPECT_THAT(error(llama2c_file({{"a", std::numeric_limits<float>::quiet_NaN()}})),
              HasSubstr("score of token 259"));
  Bytes other_bytes = whole;
  other_bytes[as_chars(other_bytes).find("<0x41>") + 4] = '2';
  EXPECT_THAT(error(other_bytes), HasSubstr("token 68 is not the byte 65"));
}

TEST(LoadTokenizer, TakesTheFirstOfTheFilesItKnows) {
  const TemporaryFolder folder;
  EXPECT_TRUE(tokenizer_files(folder.path()).empty());
  EXPECT_THAT(error_of(folder.path()), HasSubstr("no tokenizer here"));
  EXPECT_THAT(error_of(folder / "missing"), HasSubstr("no tokenizer here"));
  write_file(folder / "tok1.bin", llama2c_file({}));
  EXPECT_FALSE(tokenizer_files(folder.path()).empty());
  EXPECT_EQ(load_tokenizer(folder.path())->size(), 259U);
  write_file(folder / "tok2.bin", llama2c_file({{"a", 0}}));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("more than one tok*.bin"));
  EXPECT_EQ(load_tokenizer(folder / "tok2.bin")->size(), 260U);
  write_gpt2(folder, byte_level_vocabulary({"a b"}), "a b\n");
  EXPECT_EQ(load_tokenizer(folder.path())->size(), 258U);
  write_file(folder / "tokenizer.json", as_bytes(byte_level_vocabulary({}).dump()));
  EXPECT_EQ(load_tokenizer(folder.path())->size(), 257U);
  EXPECT_EQ(load_tokenizer(folder / "tokenizer.json")->size(), 257U);
}

}  // namespace
}  // namespace zipdream
