// SPDX-License-Identifier: Apache-2.0
// Files of others that are damaged or lie, and vocabularies that would not be lossless.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

std::string error_of_text(std::string_view text) {
  try {
    (void)load_text(text);
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("tokenizer.json: "), Not(HasSubstr("\n"))));
    return e.what();
  }
  return "none";
}
std::string error_of(const Json& vocabulary) { return error_of_text(vocabulary.dump()); }

TEST(BadTokenizerJson, CutAnywhereGivesAnError) {
  const std::string whole = byte_level_vocabulary({"a b"}).dump();
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    EXPECT_THAT(error_of_text(whole.substr(0, size)), HasSubstr("not valid JSON at byte"));
  }
}

TEST(BadTokenizerJson, WithDamagedBytesGivesAnErrorOrATokenizer) {
  const std::string whole = byte_level_vocabulary({"a b", "ab c"}).dump();
  Rng rng(3);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) {
      damaged[rng.next() % damaged.size()] = static_cast<char>(rng.next() >> 56);
    }
    try {
      const auto tokenizer = load_text(damaged);
      if (tokenizer->takes_any_bytes()) {
        const Bytes text = to_bytes("abc abc");
        EXPECT_EQ(decode(*tokenizer, tokenizer->encode(text)), text);
      }
    } catch (const Error&) {  // as well
    }
  }
}

TEST(BadTokenizerJson, NestedWithoutEndIsRefused) {
  EXPECT_THAT(error_of_text(std::string(1'000'000, '[')), HasSubstr("nested too deep"));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += R"({"a":)";
  EXPECT_THAT(error_of_text(deep), HasSubstr("nested too deep"));
}

// Found by fuzzing.
TEST(BadTokenizerJson, WithNumbersOutOfRangeIsRefused) {
  EXPECT_THAT(error_of_text("{\"model\": 1e999}"), HasSubstr("out of range"));
}

TEST(BadTokenizerJson, OfAnotherLayoutIsNamed) {
  for (const char* text : {"[]", "{}", "3", R"({"model": []})", R"({"model": {"vocab": {}}})",
                           R"({"model": {"vocab": [], "merges": [3]}})",
                           R"({"model": {"type": 3, "vocab": {}, "merges": []}})"}) {
    EXPECT_THAT(error_of_text(std::string_view(text)), HasSubstr("not laid out as a tokenizer"))
        << text;
  }
  EXPECT_THAT(error_of_text(std::string_view(R"({"model": {"vocab": {}, "merges": []}})")),
              HasSubstr("no tokens"));
}

TEST(BadTokenizerJson, WithTwoTokensOfOneIdIsRefused) {
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["model"]["vocab"]["ab"] = 7;
  EXPECT_THAT(error_of(vocabulary), HasSubstr("both have the id 7"));
  vocabulary = byte_level_vocabulary({});
  vocabulary["added_tokens"].push_back({{"id", 5}, {"content", "<x>"}, {"special", true}});
  EXPECT_THAT(error_of(vocabulary), HasSubstr("both have the id 5"));
}

TEST(BadTokenizerJson, WithTwoIdsOfOneTokenIsRefused) {
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["added_tokens"].push_back({{"id", 257}, {"content", "a"}, {"special", true}});
  EXPECT_THAT(error_of(vocabulary), HasSubstr("the token 'a' has two ids, 97 and 257"));
}

TEST(BadTokenizerJson, HasItsNamesInErrorsOnOneLine) {
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["model"]["vocab"]["\n\x1B[2J" + std::string(1000, 'x')] = "no id";
  EXPECT_THAT(error_of(vocabulary), AllOf(HasSubstr(R"('\x0A\x1B[2Jxxx)"), HasSubstr("xxx...'")));
}

TEST(BadTokenizerJson, WithIdsThatNoVocabularyHasIsRefused) {
  Json vocabulary = byte_level_vocabulary({});
  for (const std::uint64_t id : {std::uint64_t{1} << 20, std::uint64_t{4'000'000'000'000}}) {
    vocabulary["model"]["vocab"]["a"] = id;
    EXPECT_THAT(error_of(vocabulary), HasSubstr("the token 'a' has the id " + std::to_string(id)));
  }
  for (const Json& id : {Json(-1), Json(1.5), Json("1"), Json(nullptr)}) {
    vocabulary["model"]["vocab"]["a"] = id;
    EXPECT_THAT(error_of(vocabulary), HasSubstr("the id of 'a' is not a whole number"));
  }
}

TEST(BadTokenizerJson, WithMergesOfUnknownTokensIsRefused) {
  Json vocabulary = byte_level_vocabulary({"a b"});
  vocabulary["model"]["merges"].push_back("ab q");
  EXPECT_THAT(error_of(vocabulary), HasSubstr("merge 2 needs the token 'abq'"));
  vocabulary["model"]["merges"][1] = "zz q";
  EXPECT_THAT(error_of(vocabulary), HasSubstr("merge 2 needs the token 'zz'"));
  for (const Json& merge : {Json("ab"), Json("a b c")}) {
    vocabulary["model"]["merges"][1] = merge;
    EXPECT_THAT(error_of(vocabulary), HasSubstr("merge 2 is not two tokens and a space"));
  }
  for (const Json& merge : {Json(3), Json::array({"a"}), Json::array({1, 2})}) {
    vocabulary["model"]["merges"][1] = merge;
    EXPECT_THAT(error_of(vocabulary), HasSubstr("not laid out as a tokenizer"));
  }
}

TEST(BadTokenizerJson, WithMergesThatWouldChangeBytesIsRefused) {
  Json vocabulary = byte_level_vocabulary({"a b"});
  vocabulary["added_tokens"].push_back({{"id", 256}, {"content", "ab"}, {"special", true}});
  vocabulary["added_tokens"][0]["id"] = 257;
  EXPECT_THAT(error_of(vocabulary), HasSubstr("the token 'ab' stands for other bytes"));
}

TEST(BadTokenizerJson, WithNamesOutsideTheByteLevelAlphabetIsRefused) {
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["model"]["vocab"]["日"] = 257;
  EXPECT_THAT(error_of(vocabulary), HasSubstr("'日' is not written in the byte-level alphabet"));
  vocabulary["model"]["vocab"].erase("日");
  vocabulary["model"]["vocab"][""] = 257;
  EXPECT_THAT(error_of(vocabulary), HasSubstr("the token 257 has no name"));
}

TEST(BadTokenizerJson, OfOtherModelsNamesThemAndWhatIsSupported) {
  for (const char* type : {"Unigram", "WordPiece", "WordLevel"}) {
    Json vocabulary = byte_level_vocabulary({});
    vocabulary["model"]["type"] = type;
    EXPECT_THAT(error_of(vocabulary), AllOf(HasSubstr(type), HasSubstr("only BPE")));
  }
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["model"]["end_of_word_suffix"] = "</w>";
  EXPECT_THAT(error_of(vocabulary), HasSubstr("end_of_word_suffix"));
}

TEST(BadTokenizerJson, ThatLosesSomethingOfTheTextIsRefused) {
  for (const char* type : {"NFKC", "Lowercase", "StripAccents", "BertNormalizer", "Prepend"}) {
    Json vocabulary = byte_level_vocabulary({});
    vocabulary["normalizer"] = {{"type", type}, {"prepend", "x"}};
    EXPECT_THAT(error_of(vocabulary), HasSubstr(std::string("the normalizer '") + type));
  }
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["normalizer"] = {{"type", "NFC"}};
  EXPECT_EQ(error_of(vocabulary), "none");
}

TEST(BadTokenizerJson, ThatCutsWordsInUnknownWaysIsRefused) {
  Json vocabulary = byte_level_vocabulary({});
  for (const char* type : {"Whitespace", "UnicodeScripts", "BertPreTokenizer"}) {
    vocabulary["pre_tokenizer"] = {{"type", type}};
    EXPECT_THAT(error_of(vocabulary), HasSubstr(std::string("the pre_tokenizer '") + type));
  }
  vocabulary["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"Regex", "\\d+"}}}, {"behavior", "Removed"}};
  EXPECT_THAT(error_of(vocabulary), HasSubstr("'Removed' is not supported"));
  vocabulary["pre_tokenizer"]["behavior"] = "Isolated";
  vocabulary["pre_tokenizer"]["pattern"]["Regex"] = "(\n";
  EXPECT_THAT(error_of(vocabulary), HasSubstr(R"(the pattern '(\x0A' can't be compiled)"));
  std::vector<Json> steps(1000, {{"type", "Digits"}});
  vocabulary["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", steps}};
  EXPECT_THAT(error_of(vocabulary), HasSubstr("more pre_tokenizers"));
}

TEST(BadTokenizerJson, WhosePatternIsHostileIsAnErrorAndNoHang) {
  Json vocabulary = byte_level_vocabulary({});
  vocabulary["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"Regex", "(a|aa)+b"}}}, {"behavior", "Isolated"}};
  const auto tokenizer = load_json(vocabulary);
  try {
    (void)tokenizer->encode(to_bytes(std::string(5000, 'a') + "cb"));
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("the pattern '(a|aa)+b' that cuts this model's words"));
    EXPECT_THAT(e.what(), Not(HasSubstr("\n")));
  }
}

TEST(BadTokenizerJson, WhoseConfigNamesAnUnknownTokenIsRefused) {
  const TemporaryFolder folder;
  write_file(folder / "tokenizer.json", as_bytes(byte_level_vocabulary({"a b"}).dump()));
  write_file(folder / "tokenizer_config.json", as_bytes(R"({"bos_token": {"content": "<x>"}})"));
  try {
    (void)load_tokenizer(folder.path());
    FAIL() << "it was taken";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("the control token '<x>' is not in the vocabulary"));
  }
  write_file(folder / "tokenizer_config.json",
             as_bytes(R"({"bos_token": null, "eos_token": "<|endoftext|>"})"));
  EXPECT_EQ(load_tokenizer(folder.path())->end_of_text(), std::optional<Symbol>(257));
}

}  // namespace
}  // namespace zipdream
