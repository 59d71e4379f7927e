// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "media/audio/audio.h"
#include "tests/cli/process.h"
#include "tests/media/image/pictures.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> compare(const std::vector<std::string>& variants,
                                 const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"compare"};
  arguments.insert(arguments.end(), variants.begin(), variants.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

nlohmann::json compare_json(const std::vector<std::string>& variants,
                            const std::vector<std::string>& more) {
  std::vector<std::string> arguments = compare(variants, more);
  arguments.emplace_back("--json");
  const ProcessResult result = run_zipdream(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out, nullptr, false);
}

std::vector<std::string> some_text(const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "-f", sample("text.txt"), "--prompt-bytes", "1500", "--predict", "40", "--seed", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Everything but the times.
nlohmann::json without_times(nlohmann::json json) {
  json.erase("command");
  for (auto& variant : json["runs"]) {
    for (auto& sample : variant["samples"]) {
      sample.erase("seconds");
      sample.erase("bytes_per_second");
    }
  }
  return json;
}

// A model whose vocabulary has few characters and no bytes; `words`: and a token of two.
void write_model_of_letters(const std::string& folder, bool words) {
  TinyModel model = tiny_llama(true);
  model.write(folder);
  nlohmann::json vocabulary = {{"model", {{"type", "BPE"}, {"merges", nlohmann::json::array()}}}};
  std::uint64_t id = 0;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    vocabulary["model"]["vocab"][std::string(1, letter)] = id++;
  }
  vocabulary["model"]["vocab"][" "] = id++;
  if (words) {
    vocabulary["model"]["vocab"]["th"] = id;
    vocabulary["model"]["merges"].push_back("t h");
  }
  write_file(folder + "/tokenizer.json", to_bytes(vocabulary.dump()));
}

TEST(Compare, GivesAModelThatFailsARowWithTheReasonAndFinishesTheOthers) {
  const TemporaryFolder folder;
  write_model_of_letters(folder.path(), true);
  const std::string letters = "lm:" + folder.path();
  const std::string missing = "lm:" + (folder / "missing");
  const std::vector<std::string> text = {
      "-p", "the Cat the cat", "--prompt-bytes", "10", "-n", "3", "--seed", "1", "-q"};
  const std::string page = folder / "page.html";
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = compare({"gzip:9", missing, letters, "ppm:6"}, text);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_zipdream(arguments);
  };
  const ProcessResult json_result = run({"--json", "--html", page});
  EXPECT_EQ(json_result.exit_code, 1);
  const auto runs = nlohmann::json::parse(json_result.out)["runs"];
  ASSERT_EQ(runs.size(), 4U);
  for (const std::size_t good : {0U, 3U}) {
    EXPECT_EQ(runs[good]["failure"], nullptr);
    EXPECT_GT(runs[good]["reference"]["bits"], 0);
    EXPECT_EQ(runs[good]["samples"].size(), 1U);
  }
  EXPECT_THAT(runs[1]["failure"].get<std::string>(), HasSubstr("missing: no such folder"));
  EXPECT_THAT(runs[2]["failure"].get<std::string>(), HasSubstr("no token for the character 43"));
  EXPECT_EQ(runs[1]["reference"], nullptr);
  EXPECT_EQ(runs[2]["reference"], nullptr);
  EXPECT_THAT(std::string(as_chars(read_file(page))), HasSubstr("no token for the character 43"));

  const ProcessResult table = run({});
  EXPECT_EQ(table.exit_code, 1);
  EXPECT_THAT(table.out, HasSubstr("2 " + missing + ": failed: "));
  EXPECT_THAT(table.out, HasSubstr("3 " + letters + ": failed: "));
  EXPECT_THAT(table.out, HasSubstr("--- 4 ppm:6, seed 1"));
}

TEST(Compare, GivesAModelOfFewerBytesARowWithThatReason) {
  const TemporaryFolder folder;
  write_model_of_letters(folder.path(), false);
  const ProcessResult result = run_zipdream(
      compare({"lm:" + folder.path(), "gzip:9"}, {"-p", "the cat", "-n", "3", "-q", "--json"}));
  EXPECT_EQ(result.exit_code, 1);
  const auto runs = nlohmann::json::parse(result.out)["runs"];
  EXPECT_THAT(runs[0]["failure"].get<std::string>(), HasSubstr("has tokens for 27 bytes alone"));
  EXPECT_EQ(runs[1]["failure"], nullptr);
}

TEST(Compare, GivesAModelThatLacksACharacterOfThePromptARowWhereNothingIsScored) {
  const TemporaryFolder folder;
  write_model_of_letters(folder.path(), true);
  const ProcessResult result = run_zipdream(
      compare({"lm:" + folder.path(), "gzip:9"}, {"-p", "The cat", "-n", "3", "-q", "--json"}));
  EXPECT_EQ(result.exit_code, 1);
  const auto runs = nlohmann::json::parse(result.out)["runs"];
  EXPECT_THAT(runs[0]["failure"].get<std::string>(), HasSubstr("no token for the character 54"));
  EXPECT_EQ(runs[1]["failure"], nullptr);
}

TEST(Compare, FailsWithItsOneLineWhereAllModelsAreMissing) {
  const TemporaryFolder folder;
  expect_refusal(compare({"lm:" + (folder / "a"), "lm:" + (folder / "b")}, {"-p", "x", "-q"}), 1,
                 {"a: no such folder"});
}

TEST(Compare, PutsModelsAndWaysSideBySide) {
  const auto json =
      compare_json({"gzip:9@bytes", "gzip:9@bits", "gzip:9@tables", "gzip:9@beam", "gzip:9@spans",
                    "gzip:9@dream", "ppm:6", "ppm:6"},
                   some_text({"--horizon", "4", "--beam-width", "2", "--temp", "0.7"}));
  const auto& all = json["runs"];
  ASSERT_EQ(all.size(), 8U);
  EXPECT_EQ(all[0]["probs"], "lengths in bytes");
  EXPECT_EQ(all[1]["probs"], "lengths in bits");
  EXPECT_EQ(all[2]["probs"], "tables");
  EXPECT_EQ(all[3]["method"], "beam");
  EXPECT_EQ(all[4]["method"], "spans");
  EXPECT_EQ(all[5]["method"], "dream");
  EXPECT_FALSE(all[5]["probs_are_of_the_method"]);
  EXPECT_EQ(all[5]["reference"]["bits"], all[2]["reference"]["bits"])
      << "the model's probabilities score";
  EXPECT_EQ(all[5]["temperature"], 1);
  EXPECT_EQ(all[2]["temperature"], 0.7);
  EXPECT_EQ(all[6]["samples"][0]["hex"], all[7]["samples"][0]["hex"]);
  for (const auto& variant : all) EXPECT_EQ(variant["samples"][0]["bytes"], 40);
}

TEST(Compare, ScoresTheTruthAsScoreDoes) {
  const TemporaryFolder folder;
  const Bytes text = read_file(sample("text.txt"));
  write_file(folder / "context", ByteView(text).first(1500));
  write_file(folder / "reference", ByteView(text).subspan(1500, 40));
  for (const std::string model : {"gzip:9", "xz:6", "ppm:6"}) {
    const auto scored =
        nlohmann::json::parse(run_zipdream({"score", model, folder / "reference", "--context",
                                            folder / "context", "--json"})
                                  .out);
    const auto compared = compare_json({model}, some_text());
    EXPECT_DOUBLE_EQ(compared["runs"][0]["reference"]["bits_per_byte"], scored["bits_per_byte"]);
  }
}

TEST(Compare, SamplesAsGenerateDoes) {
  const auto json = compare_json(
      {"gzip:9"}, {"-p", "to be or not to be, ", "-n", "20", "--seed", "7", "--samples", "2"});
  for (const int k : {0, 1}) {
    const auto one =
        nlohmann::json::parse(run_zipdream({"generate", "gzip:9", "-p", "to be or not to be, ",
                                            "-n", "20", "--seed", std::to_string(7 + k), "--json"})
                                  .out);
    EXPECT_EQ(json["runs"][0]["samples"][k]["hex"], one["hex"]);
  }
  EXPECT_TRUE(json["reference"].is_null());
}

TEST(Compare, OfSamplesThatALanguageModelMakesTogetherGivesWhatEachSeedGivesAlone) {
  const TemporaryFolder folder;
  tiny_llama(true).write(folder.path());
  const std::string model = "lm:" + folder.path();
  const auto ask = [&](int seed, const char* samples) {
    return without_times(compare_json({model}, {"-p", "to be", "-n", "30", "--seed",
                                                std::to_string(seed), "--samples", samples}));
  };
  const nlohmann::json together = ask(7, "3")["runs"][0]["samples"];
  ASSERT_EQ(together.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(together[i], ask(7 + i, "1")["runs"][0]["samples"][0]) << i;
  }
  EXPECT_NE(together[0]["hex"], together[1]["hex"]);
}

TEST(Compare, GivesTheSameOnAnyNumberOfThreads) {
  const std::vector<std::string> models = {"gzip:9", "gzip:9@bits", "xz:1@dream"};
  const auto one = compare_json(models, some_text({"-t", "1", "--samples", "2"}));
  const auto three = compare_json(models, some_text({"-t", "3", "--samples", "2"}));
  EXPECT_EQ(without_times(one), without_times(three));
}

TEST(Compare, TellsTheCommandThatGivesTheSameAgain) {
  const auto json = compare_json({"stored"}, {"-p", "it's", "-n", "4"});
  const std::string command = json["command"];
  EXPECT_THAT(
      command,
      AllOf(HasSubstr("zipdream compare stored -p 'it'\\''s' -n 4 --json --seed "),
            HasSubstr(std::to_string(json["runs"][0]["samples"][0]["seed"].get<unsigned>()))));
  const std::string binary = ZIPDREAM_BINARY;
  const ProcessResult again =
      run_program({"sh", "-c", binary + command.substr(std::string("zipdream").size())});
  EXPECT_EQ(without_times(nlohmann::json::parse(again.out)), without_times(json));
}

TEST(Compare, PrintsATableAndTheTexts) {
  const ProcessResult result = run_zipdream(compare({"gzip:9", "xz:9@dream"}, some_text({"-q"})));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, AllOf(HasSubstr("reference bpb"), HasSubstr("1  gzip:9"),
                                HasSubstr("--- reference continuation"),
                                HasSubstr("--- 2 xz:9@dream, seed 1")));
}

TEST(Compare, WritesAPage) {
  const TemporaryFolder folder;
  const std::string path = folder / "out.html";
  const ProcessResult result =
      run_zipdream(compare({"gzip:9", "ppm:6"}, some_text({"-q", "--html", path})));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("reference bpb"));
  const Bytes page = read_file(path);
  EXPECT_THAT(std::string(as_chars(page)),
              AllOf(HasSubstr("<!DOCTYPE html>"), HasSubstr("--html " + path)));
  const ProcessResult piped =
      run_zipdream(compare({"gzip:9", "ppm:6"}, some_text({"-q", "--html", "-"})));
  EXPECT_EQ(piped.out.substr(0, 15), "<!DOCTYPE html>");
}

TEST(CompareRefuses, ToWriteAPageWhereItMustNot) {
  expect_refusal(compare({"gzip"}, {"-p", "x", "--html", "/no/such/out.html"}), 1,
                 {"/no/such/out.html"});
  expect_refusal(compare({"gzip"}, {"-f", sample("text.txt"), "--html", sample("text.txt")}), 2,
                 {"text.txt", "is read"});
  expect_refusal(compare({"gzip"}, {"-p", "x", "--html", "-", "--json"}), 2, {"--html"});
}

TEST(Compare, KnowsTheTruthOfImagesAndSounds) {
  const auto image = compare_json({"gzip:9", "png"}, {"-f", sample("image.png"), "--max-side", "16",
                                                      "--gray", "--prompt-side", "top"});
  EXPECT_EQ(image["media"], "image");
  EXPECT_EQ(image["reference"]["bytes"], image["runs"][1]["samples"][0]["bytes"]);
  EXPECT_TRUE(image["runs"][0]["samples"][0]["metrics"]["mean_difference"].is_number());
  const auto sound =
      compare_json({"ppm:3", "flac:8"}, {"-f", sample("sound.wav"), "--rate", "8000",
                                         "--prompt-seconds", "0.05", "--seconds", "0.01"});
  EXPECT_EQ(sound["reference"]["bytes"], 80);
  EXPECT_EQ(sound["runs"][1]["reference"]["bits_of_bytes"].size(), 80U);
}

TEST(CompareRefuses, NoVariant) {
  expect_refusal({"compare", "-p", "x"}, 2, {"MODEL", "required"});
}

TEST(CompareRefuses, AWayThatDoesNotExist) {
  expect_refusal(compare({"gzip:9@dreem"}, {"-p", "x"}), 2, {"@dreem", "did you mean dream?"});
  expect_refusal(compare({"gzpi"}, {"-p", "x"}), 2, {"gzpi", "did you mean gzip?"});
  expect_refusal(compare({"ppm:6@bits"}, {"-p", "x"}), 2, {"--probs", "codecs"});
}

TEST(CompareRefuses, OptionsThatNobodyHasAUseFor) {
  expect_refusal(compare({"gzip"}, {"-p", "x", "--horizon", "4"}), 2, {"--method beam"});
  expect_refusal(compare({"gzip@dream"}, {"-p", "x", "--temp", "2"}), 2, {"--temp", "dream"});
  expect_refusal(compare({"ppm:6"}, {"-p", "x", "--probs", "tables"}), 2, {"--probs", "codecs"});
}

TEST(CompareRefuses, AContextThatLeavesNothing) {
  expect_refusal(compare({"gzip"}, {"-p", "abc", "--prompt-bytes", "3"}), 2,
                 {"--prompt-bytes 3", "3 bytes", "lower it"});
  expect_refusal(compare({"gzip"}, {"-p", "abc", "--prompt-bytes", "4000"}), 2,
                 {"--prompt-bytes 4000"});
}

TEST(CompareRefuses, AContextOfWhatIsNoText) {
  expect_refusal(compare({"gzip"}, {"-f", sample("image.png"), "--prompt-bytes", "5"}), 2,
                 {"--prompt-fraction"});
  expect_refusal(compare({"gzip"}, {"-f", sample("sound.wav"), "--prompt-bytes", "5"}), 2,
                 {"--prompt-seconds"});
  expect_refusal(compare({"gzip"}, {"-f", sample("image.png"), "-n", "5"}), 2,
                 {"--prompt-fraction"});
}

TEST(CompareRefuses, ATruthOutsideOfTheAlphabet) {
  expect_refusal(compare({"gzip"}, {"-p", "abcABC", "--prompt-bytes", "3", "--alphabet", "a-z"}), 2,
                 {"reference continuation", "0x41 'A'", "--alphabet"});
}

TEST(CompareRefuses, AnImageThatIsTooSmall) {
  const TemporaryFolder folder;
  write_file(folder / "dot.png", png_file({}, std::string(2, '\0')));
  expect_refusal(compare({"gzip"}, {"-f", folder / "dot.png"}), 1, {"dot.png", "1 columns"});
}

TEST(CompareRefuses, ASoundWithoutSamplesOrShorterThanThePrompt) {
  const TemporaryFolder folder;
  write_file(folder / "empty.wav", pack_pcm({}, SampleFormat::kU8, 8000, AudioContainer::kWav));
  expect_refusal(compare({"gzip"}, {"-f", folder / "empty.wav"}), 1, {"empty.wav", "no samples"});
  expect_refusal(compare({"gzip"}, {"-f", sample("sound.wav"), "--prompt-seconds", "100"}), 1,
                 {"--prompt-seconds", "lower it"});
}

// As media/image/imaging.h has it: 16 bits are scaled to 8, alpha is dropped.
TEST(Compare, TakesPicturesOf16BitsAndWithAlpha) {
  const TemporaryFolder folder;
  const auto line = [](std::size_t bytes) { return '\0' + std::string(bytes, '\x40'); };
  write_file(folder / "deep.png",
             png_file({.width = 4, .height = 2, .depth = 16}, line(8) + line(8)));
  write_file(folder / "clear.png",
             png_file({.width = 4, .height = 2, .color_type = 6}, line(16) + line(16)));
  EXPECT_EQ(compare_json({"stored"}, {"-f", folder / "deep.png"})["reference"]["hex"], "40404040");
  EXPECT_EQ(compare_json({"stored"}, {"-f", folder / "clear.png"})["reference"]["bytes"], 12);
}

}  // namespace
}  // namespace zipdream
