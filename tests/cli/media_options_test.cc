// SPDX-License-Identifier: Apache-2.0
// Options that the medium at hand has no use for are refused by name, not ignored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/process.h"

namespace zipdream {
namespace {

using Words = std::vector<std::string>;

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// An option with a value, and what it is for.
struct Case {
  Words option;
  std::string medium;  // "texts", "images", "audio"
  bool of_score;       // whether score has it
};

std::vector<Case> cases() {
  return {{{"--gray"}, "images", true},
          {{"--max-side", "8"}, "images", true},
          {{"--prompt-side", "top"}, "images", false},
          {{"--rows", "joint"}, "images", false},
          {{"--prompt-fraction", "0.25"}, "images", false},
          {{"--rate", "8000"}, "audio", true},
          {{"--format", "s16"}, "audio", true},
          {{"--channels", "stereo"}, "audio", true},
          {{"--prompt-seconds", "1"}, "audio", false},
          {{"--seconds", "1"}, "audio", false}};
}

struct Medium {
  std::string name;
  std::string sample_file;
};

const std::vector<Medium>& media() {
  static const std::vector<Medium> list = {
      {"texts", "text.txt"}, {"images", "image.png"}, {"audio", "sound.wav"}};
  return list;
}

TEST(MediaOptions, OfAnotherMediumAreRefusedByName) {
  for (const Case& one : cases()) {
    for (const Medium& medium : media()) {
      if (medium.name == one.medium) continue;
      const Words said = {one.option[0] + ": is for " + one.medium + ", not for " + medium.name};
      const std::string file = sample(medium.sample_file);
      for (const char* command : {"generate", "predict", "compare"}) {
        expect_refusal(joined({command, "gzip:9", "-f", file}, one.option), 2, said);
      }
      if (one.of_score) expect_refusal(joined({"score", "gzip:9", file}, one.option), 2, said);
    }
  }
}

TEST(MediaOptions, OfTextsAreRefusedForWhatIsNone) {
  const Words image = {"-f", sample("image.png")};
  const Words sound = {"-f", sample("sound.wav")};
  for (const char* command : {"generate", "compare"}) {
    expect_refusal(joined({command, "gzip:9", "-n", "5"}, image), 2,
                   {"--predict: is for texts, not for images", "--prompt-fraction"});
    expect_refusal(joined({command, "gzip:9", "-n", "5"}, sound), 2,
                   {"--predict: is for texts, not for audio", "--seconds"});
  }
  expect_refusal(joined({"compare", "gzip:9", "--prompt-bytes", "5"}, sound), 2,
                 {"--prompt-bytes", "--prompt-seconds"});
  for (const Words& option :
       std::vector<Words>{{"--stop", "x"}, {"--ignore-eos"}, {"--no-prompt"}}) {
    expect_refusal(joined(joined({"generate", "gzip:9"}, option), image), 2,
                   {option[0] + ": is for texts, not for images"});
  }
}

TEST(MediaOptions, AreCheckedByWhatTheFileIsCalled) {
  const std::string image = sample("image.png");
  expect_refusal({"predict", "gzip:9", "-f", image, "--media", "text", "--gray"}, 2,
                 {"--gray: is for images, not for texts; leave it out"});
  // The guess may be wrong.
  expect_refusal({"predict", "gzip:9", "-f", sample("text.txt"), "--gray"}, 2,
                 {"or say --media image"});
}

TEST(MediaOptions, AreRefusedForChoices) {
  const Words choices = {"score", "gzip:9", "-p", "x", "--choices", "a", "b"};
  expect_refusal(joined(choices, {"--gray"}), 2, {"--gray: is for images, not for texts"});
  expect_refusal(joined(choices, {"--media", "image"}), 2, {"--media", "FILE"});
}

TEST(MediaOptions, OfTheMediumAreTaken) {
  const auto runs = [](const Words& words) {
    const ProcessResult result = run_zipdream(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  runs({"predict", "gzip:9", "-f", sample("image.png"), "--gray", "--max-side", "8",
        "--prompt-side", "top", "--prompt-fraction", "0.25"});
  runs({"predict", "gzip:9", "-f", sample("sound.wav"), "--rate", "8000", "--format", "s16",
        "--channels", "mono", "--prompt-seconds", "0.1", "--seconds", "1"});
  runs({"score", "gzip:9", sample("image.png"), "--gray", "--max-side", "8"});
  // The corpus is of another medium than the prompt, whose options count.
  runs({"predict", "gzip:9", "-f", sample("image.png"), "--gray", "--max-side", "8", "--corpus",
        sample("text.txt")});
}

}  // namespace
}  // namespace zipdream
