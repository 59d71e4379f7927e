// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/names.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

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
