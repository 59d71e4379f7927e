// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> generate(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"generate", "gzip:9", "--probs", "lengths", "--seed", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

nlohmann::json metrics(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = generate(more);
  arguments.emplace_back("--json");
  const ProcessResult result = run_zipdream(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out)["metrics"];
}

TEST(GenerateStats, GoToStandardErrorAndLeaveTheTextAlone) {
  const auto arguments = generate({"-p", "to be or not to be, ", "-n", "30", "-q"});
  const ProcessResult plain = run_zipdream(arguments);
  EXPECT_EQ(plain.err, "");
  auto with = arguments;
  with.insert(with.end(), {"--stats", "--judge", "stored", "--judge", "gzip:1"});
  const ProcessResult result = run_zipdream(with);
  EXPECT_EQ(result.out, plain.out);
  EXPECT_THAT(result.err, HasSubstr("longest copy"));
  EXPECT_THAT(result.err, HasSubstr("judge stored"));
  EXPECT_THAT(result.err, HasSubstr("8.000 bpb"));
  EXPECT_THAT(result.err, HasSubstr("judge gzip:1"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 6);
}

TEST(GenerateStats, SeeTheCorpusAndThePrompt) {
  const TemporaryFolder folder;
  write_file(folder / "corpus", to_bytes("It was the best of times, it was the worst of times."));
  const auto copied =
      metrics({"-p", "It was the wors", "-n", "10", "--temp", "0", "--corpus", folder / "corpus"});
  EXPECT_EQ(copied["longest_copied_run"], 10);
  EXPECT_EQ(copied["copied_share"], 0) << "ten bytes are no long run";
  const auto looped = metrics({"-p", "tick tock tick tock ", "-n", "100", "--temp", "0"});
  EXPECT_GT(looped["repeated_share"], 0.5);
  EXPECT_LT(looped["distinct_4grams"], 0.5);
}

TEST(GenerateStats, JudgeAsScoreScores) {
  const TemporaryFolder folder;
  const std::string prompt = "to be or not to be, ";
  const auto judged = metrics({"-p", prompt, "-n", "20", "--judge", "zlib:6", "--no-prompt"});
  ASSERT_EQ(judged["judges"].size(), 1U);
  EXPECT_EQ(judged["judges"][0]["model"], "zlib:6");
  const std::string text =
      run_zipdream(generate({"-p", prompt, "-n", "20", "--no-prompt", "-q"})).out;
  const auto scored = nlohmann::json::parse(
      run_zipdream({"score", "zlib:6", "-p", prompt, "-", "--json"}, {.input = text}).out);
  EXPECT_DOUBLE_EQ(judged["judges"][0]["bits_per_byte"], scored["bits_per_byte"]);
}

TEST(GenerateStats, OfAnImageCountAllItsRows) {
  const TemporaryFolder folder;
  const auto rows = metrics({"-f", sample("image.png"), "--max-side", "12", "--gray", "--judge",
                             "stored", "-o", folder / "out.png"});
  EXPECT_LE(rows["longest_copied_run"], 6);
  EXPECT_EQ(rows["judges"][0]["bits_per_byte"], 8);
}

TEST(GenerateStats, RefuseAnUnknownJudgeBeforeTheWork) {
  const ProcessResult result = run_zipdream(generate({"-p", "x", "-n", "10", "--judge", "gzpi"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("gzip"));
}

}  // namespace
}  // namespace zipdream
