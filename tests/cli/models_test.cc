// SPDX-License-Identifier: Apache-2.0
// Models that are no codecs, wherever MODEL may stand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/process.h"
#include "tests/codecs/names.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

ProcessResult generate(const std::string& model, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"generate", model, "--corpus", sample("text.txt"),
                                        "-p",       "The", "-n",       "40",
                                        "--seed",   "1",   "-t",       "2"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_zipdream(arguments);
}

std::vector<std::string> specs() {
  std::vector<std::string> specs = learning_names();
  specs.emplace_back("arith:gzip:9");
  return specs;
}

TEST(ModelsThatAreNoCodecs, ContinueATextByEveryMethod) {
  for (const std::string& model : specs()) {
    for (const char* method : {"sample", "beam", "spans"}) {
      const ProcessResult result = generate(model, {"--method", method, "--alphabet", "seen"});
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_THAT(result.out, StartsWith("The"));
      EXPECT_EQ(result.out.size(), 43U) << model << " " << method;
    }
  }
}

TEST(ModelsThatAreNoCodecs, Dream) {
  for (const std::string model : {"ppm:4", "arith:ppm:4", "arith:gzip:9"}) {
    const ProcessResult result = generate(model, {"--method", "dream"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out.size(), 43U) << model;
    EXPECT_EQ(generate(model, {"--method", "dream"}).out, result.out);
  }
}

TEST(ModelsThatAreNoCodecs, TakeNoOptionsOfCodecs) {
  EXPECT_THAT(generate("ppm", {"--probs", "lengths"}).err,
              HasSubstr("--probs: are those of codecs"));
  EXPECT_THAT(generate("ppm", {"--units", "bits"}).err, HasSubstr("--units: are those of codecs"));
}

TEST(ModelsThatAreNoCodecs, Judge) {
  const ProcessResult result = generate("gzip:9", {"--judge", "ppm:4", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto judge = nlohmann::json::parse(result.out)["metrics"]["judges"][0];
  EXPECT_EQ(judge["model"], "ppm:4");
  EXPECT_EQ(judge["probs"], "learned");
  EXPECT_GT(judge["bits_per_byte"].get<double>(), 0);
}

TEST(ModelsThatAreNoCodecs, PredictTheNextByte) {
  for (const std::string& model : specs()) {
    const ProcessResult result =
        run_zipdream({"predict", model, "-p", "abracadabra abracadabra abrac", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    if (Spec::parse(model).info().adapt != nullptr) continue;  // samples of sound are no text
    EXPECT_EQ(nlohmann::json::parse(result.out)["symbols"][0]["token"], 'a') << model;
  }
}

// A codec made of a model has a stream, whose length is what the model's probabilities say.
TEST(ModelsThatAreNoCodecs, Score) {
  const auto score = [](const std::string& model) {
    const ProcessResult result = run_zipdream({"score", model, sample("text.txt"), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  };
  const auto scored = score("ppm:4");
  const auto stream = score("arith:ppm:4");
  EXPECT_NEAR(scored["bits"].get<double>(), stream["bits"].get<double>(), 1);
  EXPECT_NEAR(stream["own_bits"].get<double>(), scored["bits"].get<double>() + 8, 1);
  EXPECT_TRUE(scored["own_bits"].is_null());
}

}  // namespace
}  // namespace zipdream
