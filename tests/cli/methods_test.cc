// SPDX-License-Identifier: Apache-2.0
// The ways to go on: --method, its options, --max-copy and --temp auto.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Continues "The keeper" for 60 bytes after the sample text.
ProcessResult after_corpus(const std::vector<std::string>& more,
                           const std::string& model = "gzip:9") {
  std::vector<std::string> arguments = {"generate",   model, "--corpus", sample("text.txt"), "-p",
                                        "The keeper", "-n",  "60",       "--seed",           "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_zipdream(arguments);
}

class EveryMethod : public testing::TestWithParam<const char*> {};

TEST_P(EveryMethod, GivesTheSameBytesForASeedOnAnyNumberOfThreads) {
  const auto run = [](const char* threads) {
    return after_corpus({"--method", GetParam(), "--max-copy", "30", "-t", threads});
  };
  const ProcessResult once = run("1");
  ASSERT_EQ(once.exit_code, 0) << once.err;
  EXPECT_THAT(once.out, StartsWith("The keeper"));
  EXPECT_EQ(once.out.size(), 70U);
  EXPECT_EQ(run("2").out, once.out);
  EXPECT_EQ(run("5").out, once.out);
}

TEST_P(EveryMethod, NeverCopiesMoreThanItMay) {
  const std::string corpus(as_chars(read_file(sample("text.txt"))));
  const std::string out =
      after_corpus({"--method", GetParam(), "--max-copy", "8", "--temp", "0.5"}).out;
  ASSERT_EQ(out.size(), 70U);
  for (std::size_t at = 10; at + 9 <= out.size(); ++at) {
    EXPECT_EQ(corpus.find(out.substr(at, 9)), std::string::npos) << out.substr(at, 9);
  }
}

TEST_P(EveryMethod, FollowsTheLengthsOfAnyCodec) {
  std::vector<std::string> options = {"--method", GetParam(), "--corpus-bytes",
                                      "200",      "--units",  "bytes"};
  if (std::string("beam") == GetParam()) {
    options.insert(options.end(), {"--horizon", "3", "--beam-width", "2"});
  }
  for (const char* model : {"bzip2:1", "zstd:3", "xz:1", "stored"}) {
    const ProcessResult result = after_corpus(options, model);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out.size(), 70U);
  }
}

TEST_P(EveryMethod, FitsItsTemperature) {
  const auto json =
      nlohmann::json::parse(after_corpus({"--method", GetParam(), "--temp", "auto", "--json"}).out);
  EXPECT_EQ(json["method"], GetParam());
  EXPECT_GT(json["temperature"], 0.3);
  EXPECT_LT(json["temperature"], 3);
  EXPECT_EQ(json["temperature_fit"]["bytes"], 256);
  EXPECT_LE(json["temperature_fit"]["bits_per_byte"],
            json["temperature_fit"]["bits_per_byte_at_1"]);
  const std::string fitted = json["temperature"].dump();
  const auto same =
      nlohmann::json::parse(after_corpus({"--method", GetParam(), "--temp", fitted, "--json"}).out);
  EXPECT_EQ(same["hex"], json["hex"]);
}

INSTANTIATE_TEST_SUITE_P(OfGenerate, EveryMethod, testing::Values("sample", "beam", "spans"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Beams, TakeTheDefaultsOfTheirHelp) {
  const std::string plain = after_corpus({"--method", "beam"}).out;
  EXPECT_EQ(after_corpus({"--method", "beam", "--horizon", "24", "--beam-width", "32",
                          "--context-window", "80", "--alphabet", "seen"})
                .out,
            plain);
  const auto json = nlohmann::json::parse(after_corpus({"--method", "beam", "--json"}).out);
  EXPECT_EQ(json["horizon"], 24);
  EXPECT_EQ(json["beam_width"], 32);
}

TEST(Beams, SeeTheWindowOfTheCorpusButTheAlphabetOfAll) {
  const TemporaryFolder folder;
  write_file(folder / "corpus", to_bytes("abababababab" + std::string(40, 'z')));
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"generate",
                                          "gzip:9",
                                          "--corpus",
                                          folder / "corpus",
                                          "-p",
                                          "ba",
                                          "-n",
                                          "200",
                                          "--alphabet",
                                          "seen",
                                          "--method",
                                          "beam",
                                          "--corpus-bytes",
                                          "12",
                                          "--temp",
                                          "100",
                                          "--seed",
                                          "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_zipdream(arguments).out;
  };
  EXPECT_THAT(run({"--horizon", "1"}), HasSubstr("z"));
  EXPECT_EQ(run({"--alphabet", "ab"}).find('z'), std::string::npos);
}

TEST(Beams, ContinueTheRowsOfAnImage) {
  const TemporaryFolder folder;
  const ProcessResult result = run_zipdream(
      {"generate", "gzip:6", "-f", sample("image.png"), "--max-side", "16", "--gray", "--method",
       "beam", "--horizon", "4", "--beam-width", "3", "--seed", "1", "-o", folder / "out.png"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(Spans, TakeTheDefaultsOfTheirHelp) {
  const std::string plain = after_corpus({"--method", "spans"}).out;
  EXPECT_EQ(after_corpus({"--method", "spans", "--span-len", "8", "--match-length", "8"}).out,
            plain);
}

TEST(Spans, ContinueATextFromItself) {
  const ProcessResult result = run_zipdream({"generate", "gzip:9", "-f", sample("text.txt"),
                                             "--method", "spans", "-n", "40", "--no-prompt"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.size(), 40U);
}

TEST(BestOf, TakesTheLikeliestOfSeveralContinuations) {
  const auto drawn = [](const std::string& best_of, const std::string& seed) {
    const ProcessResult result =
        run_zipdream({"generate", "ppm:3", "-f", sample("text.txt"), "-n", "80", "--no-prompt",
                      "-q", "--best-of", best_of, "--seed", seed});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  // What a continuation costs, the text before it included, which is the same for all.
  const auto bits = [](const std::string& continuation) {
    const Bytes text = concat(read_file(sample("text.txt")), as_bytes(continuation));
    double sum = 0;
    for (const double of_byte : score(*make_predictor("ppm:3"), text)) sum += of_byte;
    return sum;
  };
  double of_one = 0;
  double of_eight = 0;
  for (const char* seed : {"1", "2", "3"}) {
    const std::string one = drawn("1", seed);
    const std::string eight = drawn("8", seed);
    EXPECT_EQ(eight.size(), one.size());
    EXPECT_EQ(eight, drawn("8", seed));
    EXPECT_LE(bits(eight), bits(one) + 1e-6) << seed;
    of_one += bits(one);
    of_eight += bits(eight);
  }
  EXPECT_LT(of_eight, of_one - 30);
}

TEST(BestOf, IsForSamplesAlone) {
  for (const auto& [count, method] :
       {std::pair("2", "beam"), std::pair("2", "dream"), std::pair("0", "sample")}) {
    const ProcessResult result = run_zipdream({"generate", "gzip:9", "-p", "abcabcabc", "-n", "9",
                                               "--method", method, "--best-of", count});
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, ::testing::HasSubstr("--best-of"));
  }
}

}  // namespace
}  // namespace zipdream
