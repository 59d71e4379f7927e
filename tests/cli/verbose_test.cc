// SPDX-License-Identifier: Apache-2.0
// What -v adds to standard error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/process.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> predict(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"predict", "gzip:9", "-p", "to be or not to be, to b",
                                        "--probs", "lengths"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// With a zlib that writes other streams than ours (tests/other_zlib.cc).
ProcessResult run_with_other_zlib(std::vector<std::string> arguments) {
  const std::vector<std::string> start = {"env", "LD_PRELOAD=" OTHER_ZLIB,
                                          "ASAN_OPTIONS=verify_asan_link_order=0", ZIPDREAM_BINARY};
  arguments.insert(arguments.begin(), start.begin(), start.end());
  return run_program(arguments);
}

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(Verbose, SaysInOneLineHowTheModelComesToItsNumbers) {
  const ProcessResult result = run_zipdream(predict({"-v"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, StartsWith("zipdream: gzip:9: lengths in bits computed "));
  EXPECT_EQ(lines(result.err), 1) << result.err;
  EXPECT_EQ(result.out, run_zipdream(predict({})).out);
}

TEST(Verbose, TellsSnapshotsFromCompressingAgain) {
  EXPECT_THAT(run_zipdream({"predict", "xz:1", "-p", "x", "--probs", "lengths", "-v"}).err,
              HasSubstr("snapshots"));
  EXPECT_THAT(run_zipdream({"predict", "png", "-p", "x", "--probs", "lengths", "--verbose"}).err,
              HasSubstr("again"));
}

TEST(Verbose, TellsTheWidthThatPngWasGiven) {
  const auto shaped = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"predict", "png:6", "-f", sample("image.png"),
                                          "--verbose"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_zipdream(arguments).err;
  };
  EXPECT_THAT(shaped({"--prompt-side", "top"}), HasSubstr("png:6,width=96,channels=3: "));
  EXPECT_THAT(shaped({"--prompt-side", "top", "--gray"}), HasSubstr("png:6,width=96,channels=1: "));
  EXPECT_THAT(shaped({"--prompt-side", "left"}), HasSubstr("png:6: "));
  EXPECT_THAT(shaped({"--prompt-side", "top", "--context-window", "500"}), HasSubstr("png:6: "));
}

TEST(Verbose, IsWhatItTakesToSayAnything) {
  EXPECT_EQ(run_zipdream(predict({})).err, "");
  EXPECT_EQ(run_with_other_zlib(predict({})).err, "");
}

// One line, although the model is cloned and asked again for every byte of the output.
TEST(Verbose, SaysOnceThatAnotherZlibIsCopied) {
  const ProcessResult predicted = run_with_other_zlib(predict({"-v"}));
  EXPECT_EQ(predicted.exit_code, 0);
  EXPECT_THAT(predicted.err, HasSubstr("copies of zlib's encoder, right but slower"));
  EXPECT_EQ(lines(predicted.err), 1) << predicted.err;
  const ProcessResult generated =
      run_with_other_zlib({"generate", "gzip:9", "-p", "to be or not to b", "-n", "9", "--probs",
                           "lengths", "--temp", "0", "-q", "-v"});
  EXPECT_EQ(generated.err, predicted.err);
  EXPECT_THAT(generated.out, StartsWith("to be or not to be"));
}

// So short a text is the same to all zlibs.
TEST(Verbose, ChangesNothingAboutTheLengthsOfAnotherZlib) {
  EXPECT_EQ(run_with_other_zlib(predict({"--json", "-v"})).out,
            run_zipdream(predict({"--json"})).out);
}

}  // namespace
}  // namespace zipdream
