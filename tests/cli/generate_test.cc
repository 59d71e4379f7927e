// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kPrompt = "To be, or not to be, that is the \n";

ProcessResult continue_text(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"generate", "gzip:9", "-n", "40"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_zipdream(arguments, {.input = kPrompt});
}

TEST(GenerateText, PrintsThePromptAndExactlyTheBytesAskedFor) {
  const ProcessResult result = continue_text({"--seed", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith(kPrompt));
  EXPECT_EQ(result.out.size(), kPrompt.size() + 40);
}

TEST(GenerateText, GivesTheSameBytesForASeedOnAnyNumberOfThreads) {
  const std::string once = continue_text({"--seed", "1", "-t", "1"}).out;
  EXPECT_EQ(continue_text({"--seed", "1", "-t", "2"}).out, once);
  EXPECT_EQ(continue_text({"--seed", "1", "-t", "5"}).out, once);
  EXPECT_NE(continue_text({"--seed", "2", "-t", "1"}).out, once);
}

TEST(GenerateText, TellsTheSeedThatItChoseAndThatSeedRepeatsTheText) {
  const ProcessResult first = continue_text({});
  const auto at = first.err.find("seed ");
  ASSERT_NE(at, std::string::npos) << first.err;
  const std::string seed = first.err.substr(at + 5, first.err.find('\n', at) - at - 5);
  EXPECT_EQ(continue_text({"--seed", seed}).out, first.out);
}

TEST(GenerateText, DreamsWithTheDecoderWhenAsked) {
  const std::vector<std::string> dream = {"--method", "dream", "--seed", "1", "--no-prompt"};
  const ProcessResult result = continue_text(dream);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.size(), 40U);
  EXPECT_EQ(continue_text(dream).out, result.out);
}

TEST(GenerateText, LeavesThePromptOutWhenAsked) {
  const std::string with = continue_text({"--seed", "3"}).out;
  EXPECT_EQ(continue_text({"--seed", "3", "--no-prompt"}).out, with.substr(kPrompt.size()));
}

TEST(GenerateText, WritesToAFile) {
  const TemporaryFolder folder;
  const std::string printed = continue_text({"--seed", "3"}).out;
  const ProcessResult result = continue_text({"--seed", "3", "-o", folder / "out.txt"});
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(read_file(folder / "out.txt"), to_bytes(printed));
}

TEST(GenerateText, PrintsJson) {
  const std::string printed = continue_text({"--seed", "3", "--no-prompt"}).out;
  const auto json = nlohmann::json::parse(continue_text({"--seed", "3", "--json"}).out);
  std::string hex;
  for (const char c : printed) {
    char digits[3];
    snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  EXPECT_EQ(json["hex"], hex);
  EXPECT_EQ(json["generated_bytes"], 40);
  EXPECT_EQ(json["seed"], 3);
  EXPECT_EQ(json["model"], "gzip:9");
}

// A language model draws them together, with one pass through its weights for all; other models
// side by side.
class GenerateSamplesOf : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(GenerateSamplesOf, AreWhatTheirSeedsGiveAlone) {
  const auto run = [](std::vector<std::string> more) {
    std::vector<std::string> words = {"generate", "-p", "to be or not to be", "-n", "30"};
    words.insert(words.end(), GetParam().begin(), GetParam().end());
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  std::string expected;
  for (const char* seed : {"8", "9", "10"}) {
    if (!expected.empty()) expected += "\n\n";
    expected += "--- sample " + std::to_string(std::stoi(seed) - 7) + ", seed " + seed + "\n" +
                run({"--seed", seed, "--no-prompt"});
  }
  EXPECT_EQ(run({"--seed", "8", "--samples", "3", "--no-prompt"}), expected + "\n");
  EXPECT_EQ(run({"--seed", "8", "--samples", "3", "--no-prompt", "-t", "1"}), expected + "\n");
}

using Words = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(, GenerateSamplesOf,
                         testing::Values(Words{"gzip"}, Words{"lm:english-small"},
                                         Words{"lm:english-bpe", "--stop", "th"},
                                         Words{"lm:english-bpe", "--no-heal", "--top-k", "5"},
                                         Words{"lm:english-bpe", "--max-copy", "6"}),
                         [](const auto& test) { return "Number" + std::to_string(test.index); });

TEST(GenerateSamples, GoToFilesWithNumbers) {
  const TemporaryFolder folder;
  const ProcessResult result =
      run_zipdream({"generate", "gzip", "-p", "abcabc", "-n", "5", "--seed", "1", "--samples", "2",
                    "--no-prompt", "-o", folder / "out.txt"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_file(folder / "out-1.txt").size(), 5U);
  EXPECT_EQ(read_file(folder / "out-2.txt").size(), 5U);
  EXPECT_FALSE(std::filesystem::exists(folder / "out.txt"));
  const auto json = nlohmann::json::parse(
      run_zipdream({"generate", "gzip", "-p", "abcabc", "-n", "5", "--samples", "2", "--json"})
          .out);
  const auto& samples = json["samples"];
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0]["seed"].get<std::uint64_t>() + 1, samples[1]["seed"].get<std::uint64_t>());
}

TEST(GenerateText, ChoosesFromTheAlphabetAlone) {
  const ProcessResult result = continue_text({"--seed", "1", "--no-prompt", "--alphabet", "ab"});
  EXPECT_EQ(result.out.find_first_not_of("ab"), std::string::npos) << result.out;
}

TEST(GenerateText, FollowsItsCorpus) {
  const TemporaryFolder folder;
  write_file(folder / "corpus", to_bytes("It was the best of times, it was the worst of times."));
  const ProcessResult result =
      run_zipdream({"generate", "gzip:9", "-p", "it was the wors", "-n", "10", "--temp", "0",
                    "--corpus", folder / "corpus", "--no-prompt"});
  EXPECT_EQ(result.out, "t of times");
}

TEST(GenerateText, ShowsBytesThatAreNoTextSafelyOnATerminal) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  const ProcessResult result = run_zipdream({"generate", "stored", "-p", "x\x1b]0;", "-n", "20",
                                             "--seed", "1", "--alphabet", "\\x80-\\xff"},
                                            {.terminal = true});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("x\\x1b]0;"));
  EXPECT_EQ(result.out.find("\x1b]"), std::string::npos);
}

TEST(GenerateText, KeepsWhatItHadWhenInterrupted) {
  const ProcessResult result =
      run_zipdream({"generate", "gzip:9", "-f", sample("text.txt"), "-n", "1000000", "--seed", "1",
                    "--no-prompt"},
                   {.interrupt_when = [](std::string_view out, std::string_view /*err*/) {
                     return out.size() >= 20;
                   }});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_GE(result.out.size(), 20U);
  EXPECT_LT(result.out.size(), 1000000U);
  EXPECT_THAT(result.err, HasSubstr("interrupted"));
}

TEST(GenerateImage, ContinuesTheRightPartAndKeepsTheLeft) {
  const TemporaryFolder folder;
  const ProcessResult result = run_zipdream(
      {"generate", "gzip:1", "-f", sample("image.png"), "--max-side", "24", "--gray", "--alphabet",
       "seen", "--seed", "1", "-o", folder / "out.png", "--view", folder / "view.png"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Image image = imaging().decode(read_file(folder / "out.png"), 1 << 24);
  EXPECT_EQ(image.width, 24);
  EXPECT_EQ(image.channels, 1);
  EXPECT_GT(imaging().decode(read_file(folder / "view.png"), 1 << 26).width, 100);
}

TEST(GenerateImage, GivesTheSamePixelsOnAnyNumberOfThreads) {
  const TemporaryFolder folder;
  for (const char* side : {"left", "top"}) {
    for (const char* threads : {"1", "3"}) {
      const ProcessResult result =
          run_zipdream({"generate", "gzip:1", "-f", sample("image.png"), "--max-side", "12",
                        "--gray", "--prompt-side", side, "--seed", "1", "-t", threads, "-o",
                        folder / (std::string(side) + threads + ".png")});
      ASSERT_EQ(result.exit_code, 0) << result.err;
    }
    EXPECT_EQ(read_file(folder / (std::string(side) + "1.png")),
              read_file(folder / (std::string(side) + "3.png")));
  }
}

TEST(GenerateImage, TellsPngTheWidthOfAnImageWhoseTopIsGiven) {
  const TemporaryFolder folder;
  for (const char* method : {"sample", "dream"}) {
    const auto generate = [&](const std::string& model, const std::string& side) {
      const std::string file = folder / "out.png";
      const ProcessResult result = run_zipdream(
          {"generate", model, "-f", sample("image.png"), "--method", method, "--prompt-side", side,
           "--prompt-fraction", "0.8", "--seed", "1", "-o", file});
      EXPECT_EQ(result.exit_code, 0) << result.err;
      return imaging().decode(read_file(file), 1 << 24).pixels;
    };
    const Bytes pixels = generate("png:9", "top");
    EXPECT_EQ(pixels, generate("png:9,width=96,channels=3", "top")) << method;
    EXPECT_NE(pixels, generate("png:9,width=96", "top")) << method;
    EXPECT_NE(pixels, generate("png:9", "left")) << method;
  }
}

TEST(GenerateSound, DreamsOnAfterASound) {
  const TemporaryFolder folder;
  const ProcessResult result =
      run_zipdream({"generate", "flac:8", "-f", sample("sound.wav"), "--method", "dream", "--rate",
                    "8000", "--seconds", "1", "--seed", "1", "-o", folder / "out.wav"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(decode_audio(read_file(folder / "out.wav"), 1 << 24).samples.size(), 28000U);
}

TEST(GenerateSound, ContinuesASoundAndDrawsItsSpectrogram) {
  const TemporaryFolder folder;
  const ProcessResult result =
      run_zipdream({"generate", "gzip:1", "-f", sample("sound.wav"), "--rate", "4000",
                    "--prompt-seconds", "0.2", "--seconds", "0.02", "--seed", "1", "-o",
                    folder / "out.flac", "--spectrogram", folder / "out.png"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Audio sound = decode_audio(read_file(folder / "out.flac"), 1 << 24);
  EXPECT_EQ(sound.rate, 4000);
  EXPECT_EQ(sound.samples.size(), 880U);
  EXPECT_GT(imaging().decode(read_file(folder / "out.png"), 1 << 26).width, 100);
}

TEST(GenerateSound, WritesBinaryIntoAPipe) {
  const ProcessResult result = run_zipdream(
      {"generate", "gzip:1", "-f", sample("sound.wav"), "--rate", "4000", "--seconds", "0.005"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("RIFF"));
}

TEST(Generate, EndsATextBeforeAStop) {
  const auto generate = [](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"generate", "ppm",    "-f", sample("text.txt"), "-n",
                                          "200",      "--seed", "1",  "--no-prompt"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string whole = generate({});
  ASSERT_EQ(whole.size(), 200U);
  const std::string stop = whole.substr(100, 3);
  EXPECT_EQ(generate({"--stop", stop}), whole.substr(0, whole.find(stop)));
  EXPECT_EQ(generate({"--stop", "\x01", "--stop", whole.substr(0, 1)}), "");
  expect_refusal({"generate", "ppm", "-p", "x", "--stop", ""}, 2, {"--stop", "empty"});
  expect_refusal({"generate", "png", "-f", sample("image.png"), "--stop", "x", "-o", "/dev/null"},
                 2, {"--stop", "texts"});
}

TEST(GenerateSources, TellWhereTheSampleComesFrom) {
  const std::vector<std::string> command = {
      "generate", "gzip:9", "--corpus", sample("text.txt"), "-p", "The keeper ", "-n",
      "60",       "--seed", "1",        "--temp",           "0.3"};
  const ProcessResult plain = run_zipdream(command);
  std::vector<std::string> asked = command;
  asked.emplace_back("--sources");
  const ProcessResult told = run_zipdream(asked);
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_EQ(told.out, plain.out);
  EXPECT_THAT(told.err, testing::HasSubstr("earlier bytes"));
  EXPECT_THAT(told.err, testing::HasSubstr("corpus"));
  asked.emplace_back("--json");
  const auto json = nlohmann::json::parse(run_zipdream(asked).out);
  EXPECT_EQ(json["sources"]["sources_of_bytes"].size(), 60U);
  expect_refusal({"generate", "gzip:9", "-f", sample("image.png"), "--sources", "-o", "x.png"}, 2,
                 {"--sources", "texts"});
}

TEST(GenerateCommand, ContinuesAnImageFromCoarseToFine) {
  const TemporaryFolder folder;
  const std::vector<std::string> image = {
      "-f", sample("image.png"), "--gray", "--max-side", "40", "--seed", "1", "-q"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"generate", "image:order=pyramid"});
    words.insert(words.end(), image.begin(), image.end());
    return words;
  };
  for (const std::vector<std::string>& prompt :
       std::vector<std::vector<std::string>>{{"--rows", "joint"}, {"--prompt-side", "top"}}) {
    std::vector<std::string> words = prompt;
    words.insert(words.end(), {"-o", folder / "out.png", "--best-of", "2", "--force"});
    EXPECT_EQ(run_zipdream(with(words)).exit_code, 0);
  }
  // Rows that know nothing of each other are no picture.
  expect_refusal(with({"-o", folder / "no.png"}), 2, {"whole picture", "--rows joint"});
  expect_refusal(with({"--rows", "joint", "--max-copy", "9", "-o", folder / "no.png"}), 2,
                 {"--max-copy"});
  expect_refusal({"generate", "image:order=pyramid", "-p", "text"}, 2, {"whole picture"});
}

TEST(GenerateCommand, SamplesColderWhereTheModelIsAtALoss) {
  const std::string text = sample("text.txt");
  const auto sampled = [&](const std::string& temperature) {
    return run_zipdream({"generate", "ppm:2", "-f", text, "-n", "200", "--seed", "1", "--temp",
                         temperature, "-q"})
        .out;
  };
  EXPECT_EQ(sampled("0.8:0.8"), sampled("0.8"));
  EXPECT_EQ(sampled("0:0"), sampled("0"));
  EXPECT_NE(sampled("1:0.5"), sampled("1"));
  for (const char* const wrong : {"1:", ":1", "1:2:3", "1:-1", "1:nan"}) {
    expect_refusal({"generate", "ppm:2", "-f", text, "--temp", wrong}, 2, {"--temp"});
  }
}

TEST(GenerateCommand, TakesATemperatureOfColoursForImagesInColourAlone) {
  const TemporaryFolder folder;
  const auto image_at = [&](const std::string& temperature) {
    const std::string out = folder / "out.png";
    EXPECT_EQ(run_zipdream({"generate", "image", "-f", sample("image.png"), "--max-side", "24",
                            "--rows", "joint", "--seed", "1", "--colour-temp", temperature, "-q",
                            "--force", "-o", out})
                  .exit_code,
              0);
    return read_file(out);
  };
  EXPECT_NE(image_at("0.5"), image_at("1"));
  expect_refusal({"generate", "gzip:9", "-f", sample("image.png"), "--gray", "--colour-temp", "0.5",
                  "-o", folder / "no.png"},
                 2, {"--colour-temp: is for images in colour"});
  expect_refusal({"generate", "gzip:9", "-p", "a", "--colour-temp", "0.5"}, 2,
                 {"--colour-temp: is for images in colour"});
  expect_refusal({"generate", "gzip:9", "-p", "a", "--colour-temp", "-1"}, 2, {"--colour-temp"});
}

}  // namespace
}  // namespace zipdream
