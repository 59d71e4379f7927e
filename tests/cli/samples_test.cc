// SPDX-License-Identifier: Apache-2.0
// Several samples of one run, and what is read once for all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Of two letters, no four in a row may come up twice: after some sixteen letters there is no way
// on, and for most seeds much earlier.
std::vector<std::string> few_ways(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"generate",   "ppm:2", "-p", "ab", "--alphabet", "ab",
                                        "--max-copy", "3",     "-n", "9",  "--seed",     "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Samples, AreAnObjectEach) {
  const auto json = nlohmann::json::parse(
      run_zipdream({"generate", "gzip", "-p", "abcabc", "-n", "5", "--seed", "4", "--json"}).out);
  EXPECT_TRUE(json.is_object());
  EXPECT_EQ(json["seed"], 4);
  const auto several =
      nlohmann::json::parse(run_zipdream({"generate", "gzip", "-p", "abcabc", "-n", "5", "--seed",
                                          "4", "--samples", "2", "--json"})
                                .out);
  ASSERT_TRUE(several.is_object());
  ASSERT_EQ(several["samples"].size(), 2U);
  EXPECT_EQ(several["samples"][0]["hex"], json["hex"]);
  EXPECT_EQ(several["samples"][1]["seed"], 5);
}

TEST(Samples, ThatFailLeaveTheOthers) {
  const ProcessResult result = run_zipdream(few_ways({"--samples", "40", "--json", "-q"}));
  EXPECT_EQ(result.exit_code, 1);
  const auto samples = nlohmann::json::parse(result.out)["samples"];
  ASSERT_EQ(samples.size(), 40U);
  std::size_t failures = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    EXPECT_EQ(samples[k]["seed"], 1 + k);
    EXPECT_NE(samples[k].contains("failure"), samples[k].contains("hex")) << samples[k];
    if (!samples[k].contains("failure")) continue;
    ++failures;
    EXPECT_THAT(samples[k]["failure"].get<std::string>(), HasSubstr("--max-copy 3: every way"));
    EXPECT_THAT(result.err, HasSubstr("sample " + std::to_string(k + 1) + ", seed " +
                                      std::to_string(k + 1) + ": --max-copy 3"));
  }
  EXPECT_GT(failures, 0U);
  EXPECT_LT(failures, 40U);
}

TEST(Samples, ThatFailAreLeftOutOfTheText) {
  const ProcessResult result = run_zipdream(few_ways({"--samples", "40", "-q"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out.substr(0, 11), "--- sample ");
  const auto json = nlohmann::json::parse(
      run_zipdream(few_ways({"--samples", "40", "--json", "-q"})).out)["samples"];
  for (std::size_t k = 0; k < json.size(); ++k) {
    const std::string head = "--- sample " + std::to_string(k + 1) + ",";
    if (json[k].contains("failure")) {
      EXPECT_THAT(result.out, Not(HasSubstr(head)));
    } else {
      EXPECT_THAT(result.out, HasSubstr(head));
    }
  }
}

TEST(Samples, ThatAllFailAreAnError) {
  std::vector<std::string> arguments = few_ways({"--samples", "3"});
  *std::ranges::find(arguments, "9") = "5000";
  expect_refusal(arguments, 2, {"--max-copy 3"});
}

TEST(Samples, CannotBeWrittenIsSaidBeforeAModelIsLoaded) {
  expect_refusal(
      {"generate", "lm:/no/such/model", "-p", "x", "--samples", "2", "-o", "/no/such/out.txt"}, 1,
      {"/no/such/out-1.txt"});
}

TEST(Compare, SaysFailuresOfSamplesWithFlags) {
  const ProcessResult result =
      run_zipdream({"compare", "ppm:2", "-p", "abaababbabbabaabab", "--alphabet", "ab",
                    "--max-copy", "3", "-n", "50", "--json", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto sample = nlohmann::json::parse(result.out)["runs"][0]["samples"][0];
  EXPECT_THAT(sample["failure"].get<std::string>(), HasSubstr("--max-copy 3: every way"));
}

TEST(Compare, ReadsACorpusFromStandardInputOnce) {
  const TemporaryFolder folder;
  write_file(folder / "corpus", to_bytes("it was the best of times"));
  const auto corpus_of = [](const std::string& file, const std::string& input) {
    const ProcessResult result = run_zipdream(
        {"compare", "gzip:9", "-p", "it was", "-n", "3", "--corpus", file, "--json", "-q"},
        {.input = input});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    auto corpus = nlohmann::json::parse(result.out)["corpus"];
    EXPECT_EQ(corpus["bytes"], 24);
    corpus.erase("name");
    return corpus;
  };
  EXPECT_EQ(corpus_of("-", "it was the best of times"), corpus_of(folder / "corpus", ""));
}

TEST(StandardInput, IsNotBothPromptAndCorpus) {
  for (const char* command : {"generate", "predict", "compare"}) {
    expect_refusal({command, "gzip:9", "--corpus", "-"}, 2, {"--corpus -", "only once"},
                   {.input = "x"});
    expect_refusal({command, "gzip:9", "-f", "-", "--corpus", "-"}, 2, {"--corpus -"},
                   {.input = "x"});
  }
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST(PredictJson, NamesATokenByAllItsBytes) {
  const TemporaryFolder folder;
  TinyModel model = tiny_llama(true);
  TinyTensor& output = model.tensors["lm_head.weight"];
  const nlohmann::json vocabulary = byte_level_vocabulary({"t h", "th e"});
  constexpr std::size_t kTokens = 259;  // bytes, merges, the end of a text
  output.values.resize(kTokens * output.shape[1], 0.01F);
  output.shape[0] = kTokens;
  model.config["vocab_size"] = kTokens;
  model.write(folder.path());
  write_file(folder / "tokenizer.json", to_bytes(vocabulary.dump()));
  const ProcessResult result =
      run_zipdream({"predict", "lm:" + folder.path(), "-p", "the ", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  std::vector<unsigned> tokens;
  std::size_t longest = 0;
  for (const auto& symbol : json["symbols"]) {
    tokens.push_back(symbol["token"]);
    const std::string bytes = from_hex(symbol["bytes"]);
    ASSERT_FALSE(bytes.empty());
    longest = std::max(longest, bytes.size());
    const bool is_ascii = std::ranges::all_of(bytes, [](char c) { return c >= 0; });
    EXPECT_EQ(symbol["text"], is_ascii ? nlohmann::json(bytes) : nlohmann::json()) << symbol;
    const unsigned token = tokens.back();
    EXPECT_EQ(symbol["ends_text"], token == kTokens - 1) << symbol;
    if (token < 256) {
      EXPECT_EQ(bytes, std::string(1, static_cast<char>(token)));
    }
    if (token == 257) {
      EXPECT_EQ(bytes, "the");
    }
  }
  EXPECT_GT(longest, 1U);
  std::ranges::sort(tokens);
  EXPECT_EQ(std::ranges::adjacent_find(tokens), tokens.end()) << "two tokens of one number";
  EXPECT_LT(tokens.back(), json["alphabet_size"].get<unsigned>());

  const ProcessResult table = run_zipdream(
      {"predict", "lm:" + folder.path(), "-p", "the ", "--top", "300", "--alphabet", "all"});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, testing::ContainsRegex("'the' +257  746865 "));
  EXPECT_THAT(table.out, testing::ContainsRegex("\\(ends the text\\) +258  0a "));
}

TEST(PredictJson, KeepsTheIdsOfTokensWhenTheAlphabetIsRestricted) {
  const TemporaryFolder folder;
  tiny_llama().write(folder.path());
  const ProcessResult result =
      run_zipdream({"predict", "lm:" + folder.path(), "-p", "x", "--alphabet", "q", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out)["symbols"][0]["token"], 'q');
}

TEST(PredictJson, NamesAByteByItsValue) {
  const ProcessResult result =
      run_zipdream({"predict", "gzip:9", "-p", "the cat sat on the mat, the cat sat on the ",
                    "--alphabet", "a-z", "--top", "1", "--json"});
  const auto symbol = nlohmann::json::parse(result.out)["symbols"][0];
  EXPECT_EQ(symbol["token"], 'm');
  EXPECT_EQ(symbol["bytes"], "6d");
  EXPECT_EQ(symbol["text"], "m");
  EXPECT_EQ(symbol["ends_text"], false);
}

}  // namespace
}  // namespace zipdream
