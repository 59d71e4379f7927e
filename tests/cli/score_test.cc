// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kContext = "the cat sat on the mat, and the cat sat on the ";

nlohmann::json score_json(const std::vector<std::string>& more, const std::string& input = "") {
  std::vector<std::string> arguments = {"score", "gzip:9", "--probs", "lengths", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProcessResult result = run_zipdream(arguments, {.input = input});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

TEST(Score, SumsTheBitsThatPredictShows) {
  const auto json = score_json({"-p", kContext, "-", "--per-byte"}, "mat");
  ASSERT_EQ(json["bits_of_bytes"].size(), 3U);
  std::string context = kContext;
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto predicted = nlohmann::json::parse(
        run_zipdream({"predict", "gzip:9", "--probs", "lengths", "-p", context, "--json"}).out);
    const char byte = "mat"[i];
    const auto row = std::find_if(predicted["symbols"].begin(), predicted["symbols"].end(),
                                  [&](const auto& symbol) { return symbol["token"] == byte; });
    ASSERT_NE(row, predicted["symbols"].end());
    EXPECT_DOUBLE_EQ(json["bits_of_bytes"][i], (*row)["bits"]);
    sum += (*row)["bits"].get<double>();
    context += byte;
  }
  EXPECT_DOUBLE_EQ(json["bits"], sum);
  EXPECT_DOUBLE_EQ(json["bits_per_byte"], sum / 3);
  EXPECT_EQ(json["context_bytes"], kContext.size());
  EXPECT_EQ(json["bytes"], 3);
}

TEST(Score, TellsWhatTheCodecItselfAdds) {
  const TemporaryFolder folder;
  write_file(folder / "context", to_bytes(kContext));
  write_file(folder / "file", to_bytes("zebra crossing"));
  const auto json = score_json({folder / "file", "--context", folder / "context"});
  const auto size = [](const std::string& input) {
    return run_program({"sh", "-c", "gzip -9n | wc -c"}, {.input = input}).out;
  };
  const int grown = std::stoi(size(kContext + "zebra crossing")) - std::stoi(size(kContext));
  EXPECT_NEAR(json["own_bits"], 8 * grown, 8);
}

// By all ways to come to a distribution: lengths, tables, frequencies, decisions, a neural network.
TEST(ScoreProve, WritesWhatItScoresWithinATwentiethOfAPercent) {
  const std::string text = sample("text.txt");
  for (const std::string model : {"gzip:9", "xz:0", "ppm:6", "cm", "lm:english-small"}) {
    const ProcessResult result = run_zipdream({"score", model, text, "--prove", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto json = nlohmann::json::parse(result.out);
    const auto& proof = json["proof"];
    const double scored = json["bits"];
    EXPECT_DOUBLE_EQ(proof["bits_scored"], scored) << model;
    EXPECT_EQ(nlohmann::json::parse(run_zipdream({"score", model, text, "--json"}).out)["bits"],
              scored);
    EXPECT_NEAR(proof["code_bits"], scored, 0.0005 * scored) << model;
    EXPECT_NEAR(proof["bits_written"], proof["code_bits"].get<double>() + 16, 8) << "and the size";
    EXPECT_LT(proof["sum_deviation"], 1e-9);
    EXPECT_EQ(proof["model_bytes"] > 0, model == "lm:english-small");
    EXPECT_EQ(proof["total_bytes"], proof["bytes_written"].get<std::size_t>() +
                                        proof["program_bytes"].get<std::size_t>() +
                                        proof["model_bytes"].get<std::size_t>());
    EXPECT_GT(proof["bits_per_byte_with_model"], proof["bits_per_byte"]);
  }
}

TEST(ScoreProve, OfLengthsAfterAContextAndOfAnAlphabet) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("mat, and the dog"));
  const auto json = score_json({folder / "file", "-p", kContext, "--alphabet", "a-z ,", "--prove"});
  EXPECT_NEAR(json["proof"]["code_bits"], json["bits"], 2.5);
  EXPECT_EQ(json["proof"]["symbols"], 16);
}

TEST(ScoreProve, OfAnImageIsByTheModelThatKnowsItsWidth) {
  const ProcessResult result = run_zipdream({"score", "residual:med:cm", sample("image.png"),
                                             "--gray", "--max-side", "48", "--prove", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  // And the end of the code, which so small an image feels.
  EXPECT_NEAR(json["proof"]["code_bits"], json["bits"], 8 + 0.0005 * json["bits"].get<double>());
}

TEST(ScoreProve, TellsWhatADecoderWeighsAndTheLineOfTheBenchmark) {
  const ProcessResult result =
      run_zipdream({"score", "lm:english-small", sample("text.txt"), "--prove", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* row : {"\nscored ", "\nwritten and read ", "\nthe program ",
                          "\nthe model's files ", "\nall together "}) {
    EXPECT_THAT(result.out, HasSubstr(row));
  }
  EXPECT_THAT(result.out, HasSubstr("4786 distributions summed to 1 within "));
  EXPECT_THAT(result.out, HasSubstr("Decompresser"));
  EXPECT_THAT(result.out, testing::ContainsRegex("\nzipdream [0-9.]+ +lm:english-small +[0-9,]+ +"
                                                 "[0-9,]+ x +[0-9,]+ +[0-9]+ +[0-9]+\n$"));
}

TEST(ScoreProve, IsOfAFileAlone) {
  expect_refusal({"score", "cm", "-p", "x", "--choices", "a", "--prove"}, 2, {"--prove", "FILE"});
}

TEST(Score, GivesTheSameNumbersOnAnyNumberOfThreads) {
  const auto on = [](const char* threads) {
    return score_json(
        {"-p", kContext, "--choices", "mat", "hat", "bat", "--per-byte", "-t", threads});
  };
  EXPECT_EQ(on("1"), on("3"));
}

TEST(Score, ShowsATable) {
  const ProcessResult result =
      run_zipdream({"score", "stored", "-p", "whatever", "-"}, {.input = "some bytes"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("stored after 8 bytes"));
  EXPECT_THAT(result.out, HasSubstr("10 bytes of standard input"));
  EXPECT_THAT(result.out, HasSubstr("the model                   80.0           8.000\n"));
  EXPECT_THAT(result.out, HasSubstr("the codec's stream          80.0           8.000\n"));
}

TEST(Score, ReadsImagesAsPixelsUnlessToldOtherwise) {
  const auto pixels = score_json({sample("image.png"), "--gray", "--max-side", "12"});
  EXPECT_EQ(pixels["media"], "image");
  EXPECT_EQ(pixels["bytes"], 12 * 8);
  const TemporaryFolder folder;
  Bytes file = read_file(sample("image.png"));
  file.resize(50);
  write_file(folder / "start.png", file);
  EXPECT_EQ(score_json({folder / "start.png", "--media", "text"})["bytes"], 50);
}

// The bits of a file by a model as it is, and by one that is told all that can be known of the
// file.
void expect_shaped(const std::string& model, const std::string& told,
                   const std::vector<std::string>& more) {
  const auto scored = [&](const std::string& spec) {
    std::vector<std::string> arguments = {"score", spec, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  };
  const auto guessed = scored(model);
  const auto known = scored(told);
  EXPECT_EQ(guessed["bits"], known["bits"]) << model;
  EXPECT_EQ(guessed["own_bits"], known["own_bits"]) << model;
  EXPECT_EQ(guessed["model"], model);
}

TEST(Score, TellsModelsOfImagesTheWidthAsGenerateDoes) {
  const std::vector<std::string> small = {sample("image.png"), "--max-side", "12"};
  expect_shaped("png:9", "png:9,width=12,channels=3", small);
  expect_shaped("webp:6", "webp:6,width=12,channels=1",
                {sample("image.png"), "--max-side", "12", "--gray"});
  expect_shaped("residual:med:gzip:9", "residual:med,width=12,channels=3:gzip:9", small);
  expect_shaped("residual:med:cm", "residual:med,width=12,channels=3:cm", small);
  const std::vector<std::string> after_another = {sample("image.png"), "--max-side", "12",
                                                  "--context", sample("image.png")};
  expect_shaped("png:9", "png:9,width=12,channels=3", after_another);
  // Where the rows would not stand one below the other, PNG is not told; nor where it sees a part.
  const std::vector<std::string> after_text = {sample("image.png"), "--max-side", "12", "-p", "x"};
  expect_shaped("png:9", "png:9", after_text);
  const std::vector<std::string> in_window = {sample("image.png"), "--max-side", "12",
                                              "--context-window", "100"};
  expect_shaped("png:9", "png:9", in_window);
}

TEST(Score, TellsModelsOfAudioTheSamplesAsGenerateDoes) {
  const std::vector<std::string> words = {sample("sound.wav"), "--rate", "1000", "--format", "s16"};
  expect_shaped("flac:8", "flac:8,format=s16", words);
  expect_shaped("residual:lpc:cm", "residual:lpc,format=s16:cm", words);
  expect_shaped("residual:left:gzip:9", "residual:left,format=mulaw:gzip:9",
                {sample("sound.wav"), "--rate", "1000", "--format", "mulaw"});
}

TEST(Score, LeavesOutTheStreamWhereThePredictorSawLess) {
  EXPECT_TRUE(score_json({"-", "--context-window", "4"}, "some bytes")["own_bits"].is_null());
}

TEST(ScoreHeat, IsColouredOnATerminalAlone) {
  const std::vector<std::string> command = {"score", "gzip:9", "--heatmap", "-p", kContext, "-"};
  const std::string input = "mat\nzebra";
  EXPECT_THAT(run_zipdream(command, {.input = input}).out,
              AllOf(HasSubstr("mat↵\n"), HasSubstr("blank <0.5"), Not(HasSubstr("\x1b"))));
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  EXPECT_THAT(run_zipdream(command, {.input = input, .terminal = true}).out,
              HasSubstr("\x1b[38;5;16;48;5;"));
  std::vector<std::string> plain = {"env", "NO_COLOR=1", ZIPDREAM_BINARY};
  plain.insert(plain.end(), command.begin(), command.end());
  EXPECT_THAT(run_program(plain, {.input = input, .terminal = true}).out,
              AllOf(HasSubstr("blank <0.5"), Not(HasSubstr("\x1b[38"))));
}

TEST(ScoreChoices, RanksTheObviousContinuationFirst) {
  const auto json =
      score_json({"-p", kContext, "--choices", "sofa, and", "mat, and the cat", "roof"});
  EXPECT_EQ(json["best_by_bits"], 1);
  EXPECT_EQ(json["best_by_bits_per_byte"], 1);
  ASSERT_EQ(json["choices"].size(), 3U);
  EXPECT_EQ(json["choices"][0]["choice"], "sofa, and");
  EXPECT_EQ(json["choices"][1]["bytes"], 16);
  EXPECT_GT(json["choices"][0]["own_bits"], json["choices"][1]["own_bits"]);
  const std::string table = run_zipdream({"score", "gzip:9", "-p", kContext, "--choices",
                                          "sofa, and", "mat, and the cat", "roof"})
                                .out;
  EXPECT_LT(table.find("'mat, and the cat'"), table.find("'sofa, and'"));
}

TEST(ScoreChoices, ScoresEachAsIfItStoodAlone) {
  const auto both = score_json({"-p", kContext, "--choices", "mat", "hat", "--per-byte"});
  const auto alone = score_json({"-p", kContext, "-", "--per-byte"}, "hat");
  EXPECT_EQ(both["choices"][1]["bits_of_bytes"], alone["bits_of_bytes"]);
  EXPECT_EQ(both["choices"][1]["own_bits"], alone["own_bits"]);
}

// Of work that would take hours, once progress says that some of it is done.
const ProcessOptions kInterruptOnceUnderWay = {
    .error_terminal = true, .interrupt_when = [](std::string_view /*out*/, std::string_view err) {
      return err.find(" bytes") != std::string_view::npos;
    }};

TEST(ScoreInterrupted, PrintsWhatWasScored) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here, so progress is not shown";
  const TemporaryFolder folder;
  write_file(folder / "long", Bytes(5'000'000, 'x'));
  const ProcessResult result = run_zipdream(
      {"score", "stored", "--probs", "lengths", folder / "long", "--json"}, kInterruptOnceUnderWay);
  EXPECT_EQ(result.exit_code, 130);
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["interrupted"], true);
  EXPECT_GT(json["bytes"], 0);
  EXPECT_EQ(json["bits_per_byte"], 8);
  EXPECT_THAT(result.err, HasSubstr("of 5000000 bytes scored"));
}

TEST(ScoreInterrupted, RanksNoChoicesByHalf) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here, so progress is not shown";
  const ProcessResult result = run_zipdream(
      {"score", "xz:9", "-p", "x", "--probs", "lengths", "--choices", std::string(60000, 'a'), "b"},
      kInterruptOnceUnderWay);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, EndsWith("\x1b[Kzipdream: interrupted\r\n"));  // where the bar was
}

// ---- refusals ----

void expect_refusal(const std::vector<std::string>& more, int exit_code,
                    const std::vector<std::string>& parts, const std::string& input = "") {
  std::vector<std::string> arguments = {"score", "gzip:9"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProcessResult result = run_zipdream(arguments, {.input = input});
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  for (const std::string& part : parts) EXPECT_THAT(result.err, HasSubstr(part));
  EXPECT_EQ(result.out, "");
}

TEST(ScoreRefuses, NothingToScore) {
  expect_refusal({"/dev/null"}, 1, {"/dev/null", "is empty"});
  expect_refusal({}, 1, {"standard input", "is empty"});
  expect_refusal({"--choices", ""}, 2, {"choice 1 is empty"});
  expect_refusal({"--choices", "a", "", "b"}, 2, {"choice 2 is empty"});
  expect_refusal({"--choices"}, 2, {"--choices"});
  expect_refusal({"/no/such"}, 1, {"/no/such", "no such file"});
  expect_refusal({"-", "--context", "/no/such"}, 1, {"/no/such", "no such file"}, "x");
}

TEST(ScoreRefuses, TwoThingsAtOnce) {
  expect_refusal({sample("text.txt"), "--choices", "a", "b"}, 2, {"FILE and --choices"});
  expect_refusal({"--choices", "a", "--heatmap"}, 2, {"--heatmap"});
  expect_refusal({"-", "--context", "-"}, 2, {"standard input", "once"});
  expect_refusal({"-", "-p", "x", "--context", sample("text.txt")}, 2, {"--prompt", "--context"});
  expect_refusal({sample("text.txt"), "--json", "--heatmap"}, 2, {"--heatmap", "--json"});
  expect_refusal({sample("text.txt"), "--per-byte"}, 2, {"--per-byte", "--json"});
}

TEST(ScoreRefuses, BytesOutsideTheAlphabetByNameAndPlace) {
  expect_refusal({"-", "--alphabet", "a-z "}, 2,
                 {"standard input", "0x4b 'K'", "position 4,", "--alphabet"}, "the Keeper");
  expect_refusal({"-p", "ab", "--alphabet", "seen", "--choices", "ab", "a\n"}, 2,
                 {"choice 2", "0x0a '\\n'", "position 1,"});
}

TEST(ScoreAccepts, NoContextAtAll) {
  EXPECT_EQ(score_json({"-"}, "x")["context_bytes"], 0);
  EXPECT_EQ(score_json({"-p", "", "-"}, "x")["context_bytes"], 0);
  EXPECT_EQ(score_json({"--context", "/dev/null", "-"}, "x")["context_bytes"], 0);
}

TEST(ScoreSources, NamesThePassagesThatAreCopied) {
  const std::string text =
      "A ship sails at nine past the old mill. And then: a ship sails at nine.";
  const ProcessResult result =
      run_zipdream({"score", "gzip:9", "--sources", "-q"}, {.input = text});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("earlier bytes"));
  EXPECT_THAT(result.out, HasSubstr("'ip sails at nine'"));
  EXPECT_THAT(result.out, HasSubstr("the file"));
}

TEST(ScoreSources, SumToTheProbabilityOfEachByte) {
  const ProcessResult result =
      run_zipdream({"score", "xz:6", "--sources", "--json", "--per-byte", "-p", kContext},
                   {.input = "mat, and the cat"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  const auto& bytes = json["sources"]["sources_of_bytes"];
  ASSERT_EQ(bytes.size(), 16U);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    double sum = bytes[i]["elsewhere"].get<double>() + bytes[i]["others"].get<double>();
    for (const auto& source : bytes[i]["list"]) sum += source["probability"].get<double>();
    const double probability = std::exp2(-json["bits_of_bytes"][i].get<double>());
    EXPECT_NEAR(sum, probability, 1e-9 * probability) << i;
  }
  EXPECT_GT(json["sources"]["copied"], 0.5);
  // "mat" stands at 19 of the context.
  EXPECT_EQ(json["sources"]["passages"][0]["from"], 19);
}

TEST(ScoreSources, AreRefusedWhereTheModelCannotTell) {
  zipdream::expect_refusal({"score", "cm", "--sources", "-q"}, 2, {"sources", "gzip"},
                           {.input = "abc"});
  zipdream::expect_refusal({"score", "gzip:9", "--sources", "-p", "a", "--choices", "b"}, 2,
                           {"--sources", "FILE"});
}

}  // namespace
}  // namespace zipdream
