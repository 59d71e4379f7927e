// SPDX-License-Identifier: Apache-2.0
// mix:A+B and avg:A+B wherever MODEL may stand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> kMixtures = {"mix:ppm:3+gzip:9", "avg:ppm:3+gzip:9",
                                            "mix:[avg:9:ppm:2+ppm:4]+gzip:9"};

nlohmann::json json_of(const std::vector<std::string>& arguments) {
  const ProcessResult result = run_zipdream(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

TEST(MixturesOnTheCommandLine, ContinueATextByEveryMethod) {
  for (const std::string& model : kMixtures) {
    for (const char* method : {"sample", "beam", "spans", "dream"}) {
      const ProcessResult result =
          run_zipdream({"generate", model, "--corpus", sample("text.txt"), "-p", "The", "-n", "20",
                        "--seed", "1", "--method", method});
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_THAT(result.out, StartsWith("The")) << model << " " << method;
      EXPECT_EQ(result.out.size(), 23U);
    }
  }
}

TEST(MixturesOnTheCommandLine, PredictTheNextByte) {
  for (const std::string& model : kMixtures) {
    const auto json = json_of({"predict", model, "-p", "abracadabra abracadabra abrac", "--json"});
    EXPECT_EQ(json["symbols"][0]["token"], 'a') << model;
  }
}

TEST(MixturesOnTheCommandLine, ScoreWithTheWeightsOfTheirMembers) {
  for (const std::string& model : kMixtures) {
    const auto json =
        json_of({"score", model, sample("text.txt"), "--json", "--per-byte", "--prove"});
    EXPECT_FALSE(json.contains("members")) << "a proof has no trace";
    const auto scored = json_of({"score", model, sample("text.txt"), "--json", "--per-byte"});
    EXPECT_EQ(scored["bits"], json["bits"]);
    ASSERT_EQ(scored["members"].size(), 2U);
    EXPECT_EQ(scored["members"][1]["model"], "gzip:9");
    for (const auto& member : scored["members"]) {
      const auto weights = member["weights"].get<std::vector<double>>();
      ASSERT_EQ(weights.size(), scored["bytes"].get<std::size_t>());
      const double mean = std::accumulate(weights.begin(), weights.end(), 0.0) /
                          static_cast<double>(weights.size());
      EXPECT_NEAR(member["mean_weight"].get<double>(), mean, 1e-6);
    }
  }
  EXPECT_FALSE(json_of({"score", "ppm", sample("text.txt"), "--json"}).contains("members"));
  EXPECT_THAT(run_zipdream({"score", "avg:ppm:3+gzip:9", sample("text.txt")}).out,
              AllOf(HasSubstr("mean weight"), HasSubstr("ppm:3"), HasSubstr("gzip:9")));
}

TEST(MixturesOnTheCommandLine, HaveSharesThatSumToOneInAnAverage) {
  const auto scored =
      json_of({"score", "avg:ppm:3+gzip:9", sample("text.txt"), "--json", "--per-byte"});
  const auto& members = scored["members"];
  for (std::size_t i = 0; i < members[0]["weights"].size(); ++i) {
    EXPECT_NEAR(members[0]["weights"][i].get<double>() + members[1]["weights"][i].get<double>(), 1,
                1e-6);
  }
}

TEST(MixturesOnTheCommandLine, RankContinuations) {
  const auto json = json_of({"score", "mix:ppm:3+gzip:9", "-p", "one two one two one", "--choices",
                             " two", " six", "--json"});
  EXPECT_EQ(json["best_by_bits"], 0);
  EXPECT_EQ(json["choices"][0]["members"].size(), 2U);
}

TEST(MixturesOnTheCommandLine, AreComparedWithTheirWeights) {
  const TemporaryFolder folder;
  const std::string page = folder / "page.html";
  const auto json =
      json_of({"compare", "mix:ppm:3+gzip:9", "gzip:9", "-q", "-f", sample("text.txt"),
               "--prompt-bytes", "1948", "--predict", "60", "--json", "--html", page});
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["probs"], "learned + tables");
  EXPECT_EQ(run["members"], nlohmann::json::parse(R"(["ppm:3", "gzip:9"])"));
  ASSERT_EQ(run["reference"]["member_weights"].size(), 2U);
  EXPECT_EQ(run["reference"]["member_weights"][0].size(), 60U);
  EXPECT_TRUE(json["runs"][1]["members"].empty());
  EXPECT_TRUE(json["runs"][1]["reference"]["member_weights"].empty());
  const Bytes html = read_file(page);
  EXPECT_THAT(std::string(html.begin(), html.end()), HasSubstr("\"weights\":[[1,["));
}

TEST(MixturesOnTheCommandLine, TakeTheProbabilitiesOfCodecsByLengths) {
  const auto by = [](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"predict", "mix:ppm:3+gzip:9", "-p", "abab", "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return json_of(arguments);
  };
  EXPECT_EQ(by({})["probs"], "learned + tables");
  EXPECT_EQ(by({"--probs", "lengths"})["probs"], "learned + lengths in bits");
  expect_refusal({"predict", "mix:ppm:3+cm", "-p", "abab", "--probs", "lengths"}, 2,
                 {"--probs", "are those of codecs"});
}

TEST(MixturesOnTheCommandLine, AreRefusedInOneLineWhereTheyMeanNothing) {
  const auto refuse = [](const std::string& model, const std::vector<std::string>& parts) {
    expect_refusal({"predict", model, "-p", "x"}, 2, parts);
  };
  refuse("mix:cm", {"mix:cm", "two models or more"});
  refuse("mix:avg:cm+ppm+xz", {"try mix:[avg:cm+ppm]+xz"});
  refuse("mix:cm+nothing", {"nothing: no such model"});
  refuse("mix:cm+", {"no model is named"});
  refuse("mix:[cm+ppm", {"a bracket is not closed"});
  refuse("avg:x:cm+ppm", {"the share must be 0 to 1000000"});
  refuse("cm+ppm", {"a mixture is written mix:cm+ppm"});
  refuse("residual:med:avg:cm", {"avg:cm", "two models or more"});
}

TEST(MixturesOnTheCommandLine, RefuseMembersOverTokensAndNameTheRemedy) {
  expect_refusal({"predict", "mix:ppm:2+lm:english-bpe", "-p", "x"}, 2,
                 {"lm:english-bpe", "tokens", "bytes:lm:english-bpe"});
  for (const std::string member :
       {"bytes:lm:english-bpe", "lm:english-small", "bytes:lm:english-small"}) {
    const auto json = json_of({"predict", "mix:ppm:2+" + member, "-p", "the sam", "--json"});
    EXPECT_EQ(json["symbols"][0]["token"], 'e') << member;
  }
}

TEST(MixturesOnTheCommandLine, FindTheirLanguageModelAgainByItsContent) {
  const TemporaryFolder folder;
  const fs::path model = fs::path(folder.path()) / "a+b [1]";
  fs::copy(fs::path(SAMPLES_FOLDER) / "models/english-small", model);
  const std::string text = "All happy families are alike; every unhappy family is unhappy.";
  write_file(folder / "text", as_bytes(text));
  const std::string archive = folder / "a.zd";
  const std::string spec = "mix:lm:\"" + model.string() + "\"+ppm:2";
  const ProcessResult packed =
      run_zipdream({"compress", "-q", "-m", spec, folder / "text", "-o", archive});
  ASSERT_EQ(packed.exit_code, 0) << packed.err;
  EXPECT_EQ(run_zipdream({"decompress", "-c", archive}).out, text) << "beside the archive";
  const fs::path away = fs::path(folder.path()) / "away";
  fs::create_directories(away);
  fs::rename(model, away / "model");
  EXPECT_EQ(run_zipdream({"decompress", "-c", archive, "--model", away / "model"}).out, text);
  EXPECT_EQ(json_of({"info", archive, "--json"})["model"], "arith:mix:lm:\"a+b\\x20[1]\"+ppm:2");
}

TEST(MixturesOnTheCommandLine, OfMoreLanguageModelsThanAHeaderHoldsAreRefused) {
  const TemporaryFolder folder;
  fs::copy(fs::path(SAMPLES_FOLDER) / "models/english-small", fs::path(folder.path()) / "m");
  setenv("ZIPDREAM_MODELS", folder.path().c_str(), 1);
  std::string nine = "[mix:lm:m";
  for (int i = 0; i < 8; ++i) nine += "+lm:m";
  const std::string spec = "mix:" + nine + "]+" + nine + "]";
  const std::string archive = folder / "a.zd";
  expect_refusal({"compress", "-m", spec, sample("text.txt"), "-o", archive}, 2,
                 {"18 models", "at most 16"});
  EXPECT_FALSE(fs::exists(archive));
  unsetenv("ZIPDREAM_MODELS");
}

TEST(MixturesOnTheCommandLine, CompressAndDecompress) {
  const TemporaryFolder folder;
  for (const std::string& model : kMixtures) {
    const ProcessResult packed =
        run_zipdream({"compress", "-qf", "-m", model, sample("text.txt"), "-o", folder / "a.zd"});
    ASSERT_EQ(packed.exit_code, 0) << packed.err;
    const Bytes text = read_file(sample("text.txt"));
    EXPECT_EQ(run_zipdream({"decompress", "-c", folder / "a.zd"}).out,
              std::string(text.begin(), text.end()));
    EXPECT_EQ(run_zipdream({"test", folder / "a.zd"}).exit_code, 0);
  }
}

TEST(MixturesOnTheCommandLine, HaveRates) {
  const auto json = json_of({"rates", "mix:ppm:3+gzip:9", "avg:ppm:3+gzip:9", "-q", "--data",
                             sample("text.txt"), "--json"});
  EXPECT_THAT(json.dump(), AllOf(HasSubstr("mix:ppm:3+gzip:9"), HasSubstr("avg:ppm:3+gzip:9")));
}

TEST(MixturesOnTheCommandLine, AreListed) {
  EXPECT_THAT(run_zipdream({"list"}).out, AllOf(HasSubstr("MODEL+..."), HasSubstr("brackets")));
}

}  // namespace
}  // namespace zipdream
