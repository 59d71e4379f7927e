// SPDX-License-Identifier: Apache-2.0
// `zipdream train` as users run it. Where it was built without libtorch only the remedy can be
// tested.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(Train, SaysHowToGetTheProgramThatTrains) {
  const TemporaryFolder folder;
  const std::string alone = folder / "zipdream";
  fs::copy_file(ZIPDREAM_BINARY, alone);
  const ProcessResult result = run_program({alone, "train", "x", "-o", "y"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("libtorch-dev"));
}

TEST(Train, TellsItsOptionsWhereTheProgramThatTrainsIsMissing) {
  const TemporaryFolder folder;
  const std::string alone = folder / "zipdream";
  fs::copy_file(ZIPDREAM_BINARY, alone);
  const ProcessResult result = run_program({alone, "train", "--help"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("--hidden-size"));
  EXPECT_EQ(run_program({alone, "train", "-h"}).out, result.out);
}

// Where the run stood when it ended: "FOLDER: 23456 parameters, step 57 of 1000000; ...".
std::size_t step_of_summary(const std::string& out) {
  const std::string before = " parameters, step ";
  return std::stoul(out.substr(out.find(before) + before.size()));
}

class TrainOnTheCommandLine : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(ZIPDREAM_BINARY).parent_path() / "zipdream-train")) {
      GTEST_SKIP() << "built without libtorch";
    }
  }
  [[nodiscard]] std::vector<std::string> tiny(const std::string& name,
                                              std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"train",
                                          sample("text.txt"),
                                          "-o",
                                          folder_ / name,
                                          "--hidden-size",
                                          "32",
                                          "--heads",
                                          "2",
                                          "--layers",
                                          "1",
                                          "--context-length",
                                          "64",
                                          "--batch",
                                          "512",
                                          "--save-interval",
                                          "50",
                                          "-t",
                                          "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  const TemporaryFolder folder_;
};

TEST_F(TrainOnTheCommandLine, MakesAModelThatTheOtherCommandsRead) {
  const ProcessResult result =
      run_zipdream(tiny("model", {"--steps", "200", "--lr", "0.01", "--json", "-q"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["step"], 200);
  EXPECT_LT(json["held_out_bits_per_byte"].get<double>(), 4.5);
  const ProcessResult score =
      run_zipdream({"score", "lm:" + (folder_ / "model"), sample("text.txt"), "--json"});
  ASSERT_EQ(score.exit_code, 0) << score.err;
  EXPECT_LT(nlohmann::json::parse(score.out)["bits_per_byte"].get<double>(), 4.5);
}

TEST_F(TrainOnTheCommandLine, SavesWhenInterruptedAndGoesOnAsIfItHadNotBeen) {
  const std::vector<std::string> forever = {"--steps", "1000000"};
  ProcessOptions interrupts;
  interrupts.interrupt_when = [](std::string_view out, std::string_view /*err*/) {
    return out.find("step 50 of") != std::string_view::npos;
  };
  std::vector<std::string> command = {"sh", "-c", "exec \"$0\" \"$@\" 2>&1", ZIPDREAM_BINARY};
  for (const std::string& argument : tiny("stopped", forever)) command.push_back(argument);
  const ProcessResult stopped = run_program(command, interrupts);
  EXPECT_EQ(stopped.exit_code, 130) << stopped.out;
  EXPECT_THAT(stopped.out, HasSubstr("go on with: zipdream train --resume"));
  const std::string until = std::to_string(step_of_summary(stopped.out) + 100);
  const std::string run = folder_ / "stopped";
  const ProcessResult resumed =
      run_zipdream({"train", "--resume", run, "--until", until, "-t", "1", "-q"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  std::vector<std::string> more = forever;
  more.insert(more.end(), {"--until", until, "-q"});
  EXPECT_EQ(run_zipdream(tiny("whole", more)).exit_code, 0);
  EXPECT_TRUE(read_file(folder_ / "stopped/model.safetensors") ==
              read_file(folder_ / "whole/model.safetensors"));
}

TEST_F(TrainOnTheCommandLine, ExplainsItselfWithExamplesFirst) {
  const ProcessResult help = run_zipdream({"train", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_LT(help.out.find("Examples:"), help.out.find("Usage:"));
  EXPECT_THAT(help.out, HasSubstr("--resume"));
}

TEST_F(TrainOnTheCommandLine, SaysInOneLineWhatIsWrong) {
  expect_refusal({"train", sample("text.txt")}, 2, {"-o"});
  expect_refusal({"train", "--stps", "3"}, 2,
                 {"train: --stps: no such option; did you mean --steps?", "zipdream train --help"});
  expect_refusal({"train", "x", "-o", "y", "--lr", "nan"}, 2,
                 {"--lr nan: must be a number from 0 to 1;"});
  expect_refusal({"train", "x", "-o", "y", "--clip", "0"}, 2, {"a number from 1e-06 to 1000000"});
  expect_refusal({"train", "--resume", folder_ / "none"}, 1, {"no run to go on with"});
}

TEST_F(TrainOnTheCommandLine, LearnsFromNothingThatIsTakenForAText) {
  const auto refused = [&](const std::string& content, const std::vector<std::string>& parts) {
    write_file(folder_ / "x.txt", as_bytes(content));
    expect_refusal({"train", folder_ / "x.txt", "-o", folder_ / "m"}, 1, parts);
    EXPECT_FALSE(fs::exists(folder_ / "m"));
  };
  refused("version https://git-lfs.github.com/spec/v1\nsize 1\n", {"x.txt: is a Git LFS pointer"});
  const std::string gzip("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
  refused(gzip, {"x.txt: is a gzip stream", "gunzip", "--media bytes"});
  expect_refusal({"train", sample("sound.wav"), "-o", folder_ / "m"}, 1,
                 {"sound.wav: is an image or audio, and texts are learnt", "--media bytes"});
  const ProcessResult asked =
      run_zipdream(tiny("m", {sample("image.png"), "--media", "bytes", "--steps", "1", "-q"}));
  EXPECT_EQ(asked.exit_code, 0) << asked.err;
}

}  // namespace
}  // namespace zipdream
