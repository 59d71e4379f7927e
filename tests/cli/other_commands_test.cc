// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/names.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Version, IsOneLine) {
  const ProcessResult result = run_zipdream({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("zipdream "));
  EXPECT_EQ(result.out.find('\n'), result.out.size() - 1);
}

TEST(Help, OfEveryCommandOpensWithExamples) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"generate", "--help"},
                                             {"predict", "--help"},
                                             {"score", "--help"},
                                             {"compress", "--help"},
                                             {"decompress", "--help"},
                                             {"test", "--help"},
                                             {"list", "--help"},
                                             {"info", "--help"}}) {
    const ProcessResult result = run_zipdream(command);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_LT(result.out.find("Examples:"), result.out.find("Usage:")) << result.out;
    EXPECT_THAT(result.out, HasSubstr("  zipdream "));
  }
}

TEST(List, NamesEveryModel) {
  const std::string table = run_zipdream({"list"}).out;
  const auto json = nlohmann::json::parse(run_zipdream({"list", "--json"}).out);
  ASSERT_EQ(json["codecs"].size(), codec_names().size());
  ASSERT_EQ(json["codecs"].size() + json["models"].size(), model_list().size());
  for (const ModelInfo* model : model_list()) EXPECT_THAT(table, HasSubstr(model->name));
}

// Without what is said of them.
std::vector<std::string> completions_of(const std::string& typed) {
  const ProcessResult result = run_zipdream({"list", "--complete", typed});
  EXPECT_EQ(result.exit_code, 0);
  std::vector<std::string> found;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    found.push_back(line.substr(0, line.find('\t')));
  }
  return found;
}

TEST(ListComplete, NamesEveryModelWhereNothingIsTyped) {
  const std::vector<std::string> found = completions_of("");
  ASSERT_EQ(found.size(), model_list().size());
  for (const std::string& text : found) {
    EXPECT_NE(find_model_info(text.substr(0, text.find(':'))), nullptr) << text;
  }
}

TEST(ListComplete, KnowsOptionsTheirValuesAndTheModelsWithin) {
  EXPECT_THAT(completions_of("gz"), ElementsAre("gzip"));
  EXPECT_THAT(completions_of("gzip"), ElementsAre("gzip", "gzip:"));
  EXPECT_THAT(completions_of("xz:6"), ElementsAre("xz:6", "xz:6e"));
  EXPECT_THAT(completions_of("png:9,width=8,"),
              ElementsAre("png:9,width=8,channels=", "png:9,width=8,filters="));
  EXPECT_THAT(completions_of("png:channels="), ElementsAre("png:channels=1", "png:channels=3"));
  EXPECT_THAT(completions_of("residual:med:arith:libd"),
              ElementsAre("residual:med:arith:libdeflate"));
  EXPECT_THAT(completions_of("avg:20:mix:[avg:cm+ppm:6]+zst"),
              ElementsAre("avg:20:mix:[avg:cm+ppm:6]+zstd"));
  EXPECT_THAT(completions_of("gzip:9@be"), ElementsAre("gzip:9@beam"));
  EXPECT_THAT(completions_of("lm:speec"), ElementsAre("lm:speech"));
  EXPECT_THAT(completions_of("lm:speech,weights=i"), ElementsAre("lm:speech,weights=int8"));
}

TEST(ListComplete, KnowsFoldersAndFilesOfModelsButNoneThatNeedQuotes) {
  const TemporaryFolder folder;
  for (const char* name : {"a.gguf", "b:c.gguf", "d.txt", "e f.gguf"}) {
    write_file(folder / name, as_bytes(std::string("x")));
  }
  const std::string start = "lm:" + folder.path() + "/";
  EXPECT_THAT(completions_of(start), ElementsAre(start + "a.gguf"));
}

TEST(ListComplete, HasNothingToSayOfWhatMakesNoSense) {
  for (const char* typed : {"nonsense:", "gzip:9:", "gzip:,,=", "mix:+", "mix:[[", ":", "@",
                            "gzip:=", "residual:::", "lm:/no/such/folder/", "\xff", "avg:1:2:3:"}) {
    const ProcessResult result = run_zipdream({"list", "--complete", typed});
    EXPECT_EQ(result.exit_code, 0) << typed;
    EXPECT_EQ(result.err, "") << typed;
  }
}

TEST(List, NamesTheProgramsThatLieBesideThisOne) {
  const std::filesystem::path folder = std::filesystem::path(ZIPDREAM_BINARY).parent_path();
  const std::string table = run_zipdream({"list"}).out;
  const auto json = nlohmann::json::parse(run_zipdream({"list", "--json"}).out);
  for (const std::string name : {"zipdream-train", "zipdream-serve", "zipdream-mpi"}) {
    const bool is_there = std::filesystem::exists(folder / name);
    EXPECT_EQ(table.find(name + " ") != std::string::npos, is_there) << name;
    EXPECT_EQ(json["programs"].dump().find(name) != std::string::npos, is_there) << name;
  }
}

TEST(Info, TellsTheMediumOfEachSample) {
  const auto info = [](const std::string& name) {
    return nlohmann::json::parse(run_zipdream({"info", sample(name), "--json"}).out);
  };
  EXPECT_EQ(info("text.txt")["media"], "text");
  EXPECT_EQ(info("text.txt")["utf8"], true);
  EXPECT_EQ(info("image.png")["media"], "image");
  EXPECT_EQ(info("image.png")["channels"], 3);
  EXPECT_EQ(info("sound.wav")["media"], "audio");
  EXPECT_EQ(info("sound.wav")["rate"], 8000);
  EXPECT_THAT(run_zipdream({"info", sample("sound.wav")}).out, HasSubstr("seconds"));
}

TEST(Info, SurvivesAFileNameThatIsNoUtf8) {
  const TemporaryFolder folder;
  write_file(folder / "\xff\xfe", to_bytes("x"));
  const ProcessResult result = run_zipdream({"info", folder / "\xff\xfe", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out)["bytes"], 1);
}

}  // namespace
}  // namespace zipdream
