// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "media/image/imaging.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> rates(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"rates", "gzip:9", "ppm:4"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Rates, PrintsTheTableAndWritesThePage) {
  const TemporaryFolder folder;
  const ProcessResult result =
      run_zipdream(rates({"--data", sample("text.txt"), "random:8K", "--chunk", "512,whole",
                          "--html", folder / "page.html"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("### Compressed size in % of the raw size"),
                                HasSubstr("| gzip:9 | whole |"), HasSubstr("| ppm:4  |   512 |"),
                                HasSubstr("### Details"), HasSubstr("seconds")));
  EXPECT_THAT(std::string(as_chars(read_file(folder / "page.html"))), HasSubstr("zipdream rates"));
}

TEST(Rates, GivesRecordsToPrograms) {
  const ProcessResult json = run_zipdream(rates({"--data", "random:8K", "--json", "--no-times"}));
  const auto records = nlohmann::json::parse(json.out)["records"];
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0]["bytes"], 8192);
  EXPECT_EQ(records[0]["chunks"], 4);
  EXPECT_EQ(records[0]["published_data"], "random");
  EXPECT_FALSE(records[0].contains("seconds"));
  const ProcessResult csv = run_zipdream(rates({"--data", "random:8K", "--csv"}));
  EXPECT_THAT(csv.out,
              AllOf(HasSubstr("model,data,chunk"), HasSubstr("\r\ngzip:9,random,2048,4,")));
}

TEST(Rates, CountsHeadersOnceOrAlways) {
  const auto rate = [](const std::string& headers) {
    const ProcessResult result =
        run_zipdream({"rates", "xz", "--data", "random:8K", "--json", "--headers", headers});
    return nlohmann::json::parse(result.out)["records"][0]["rate"].get<double>();
  };
  EXPECT_GT(rate("always"), rate("once") + 0.02);
}

TEST(Rates, RefusesDataThatCannotBeMeasured) {
  const TemporaryFolder folder;
  expect_refusal(rates({"--data", folder.path()}), 1, {"no files are in this folder"});
  expect_refusal(rates({"--data", folder / "none"}), 1, {"no such file"});
  write_file(folder / "t.txt", to_bytes("text"));
  write_file(folder / "i.png", imaging().encode_png({2, 1, 1, {1, 2}}, 1));
  expect_refusal(rates({"--data", folder.path()}), 1, {"mixes media", "--media"});
  expect_refusal(rates({"--data", folder / "i.png"}), 1, {"fills a chunk of 2048 bytes"});
  write_file(folder / "e", {});
  expect_refusal(rates({"--data", folder / "e"}), 1, {"fills a chunk"});
}

TEST(Rates, RefusesOptionsThatMakeNoSense) {
  const std::string text = sample("text.txt");
  for (const char* chunk : {"0", "65M", "x", "16,8", "whole,whole,"}) {
    expect_refusal(rates({"--data", text, "--chunk", chunk}), 2, {"--chunk", "try 2048,whole"});
  }
  for (const char* shard : {"0/2", "3/2", "1", "1/x", "/2"}) {
    expect_refusal(rates({"--data", text, "--record", "r", "--shard", shard}), 2, {"--shard"});
  }
  expect_refusal(rates({"--data", text, "--shard", "1/2"}), 2, {"--record"});
  expect_refusal({"rates", "gzip:9@1/0", "--data", text}, 2, {"no share of the chunks"});
  expect_refusal({"rates", "gzap", "--data", text}, 2, {"gzip"});
  expect_refusal({"in-context", "gzip", "--data", text, "--chunk", "whole"}, 2, {"--chunk whole"});
  expect_refusal({"scaling", "ppm", "--data", text, "--sizes", "many"}, 2, {"--sizes"});
}

TEST(Rates, TakesAChunkLargerThanTheFileAsTheFile) {
  const ProcessResult result =
      run_zipdream({"rates", "gzip:9", "--data", sample("text.txt"), "--chunk", "1M,whole",
                    "--headers", "always", "--json"});
  const auto records = nlohmann::json::parse(result.out)["records"];
  EXPECT_EQ(records[1]["chunks"], 1);
  EXPECT_EQ(records[0]["compressed"], records[1]["compressed"]);
}

TEST(Rates, NamesAndCountsWhatCannotBeReadAndGoesOn) {
  const TemporaryFolder folder;
  write_file(folder / "a.png", imaging().encode_png({8, 8, 1, Bytes(64, 7)}, 1));
  write_file(folder / "b.png", to_bytes("\x89PNG\r\n\x1a\n and no more"));
  std::filesystem::create_symlink(folder / "gone", folder / "c.png");
  write_file(folder / "d.png", imaging().encode_png({8, 8, 1, Bytes(64, 9)}, 1));
  const ProcessResult result =
      run_zipdream(rates({"--data", folder.path(), "--chunk", "16", "--no-times"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("b.png: "), HasSubstr("c.png: no such file"),
                                HasSubstr("2 of the files could not be read")));
  EXPECT_THAT(result.out, AllOf(HasSubstr("|      8 |   128 |"), HasSubstr("2 of the files")));
}

TEST(RatesProve, ProvesAllOrAShareAndChangesNoFigure) {
  const TemporaryFolder folder;
  const std::vector<std::string> same = {"--data",    sample("text.txt"), "--chunk",
                                         "512,whole", "--no-times",       "--json"};
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = same;
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(rates(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out)["records"];
  };
  const auto plain = run({});
  const auto all = run({"--prove", "--record", folder / "record"});
  const auto share = run({"--prove", "1/3"});
  ASSERT_EQ(all.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_FALSE(plain[i].contains("proven"));
    EXPECT_EQ(all[i]["rate"], plain[i]["rate"]);
    EXPECT_EQ(all[i]["proven"], all[i]["chunks"]);
    const std::size_t chunks = plain[i]["chunks"];
    EXPECT_EQ(share[i]["proven"], plain[i]["chunk"] == "whole" ? 0U : (chunks + 2) / 3);
  }
  EXPECT_EQ(run({"--prove", "--record", folder / "record"}), all) << "the record keeps it";
  EXPECT_THAT(run_zipdream(rates({"--data", sample("text.txt"), "--prove"})).out,
              HasSubstr("streams were written, read back and compared"));
  expect_refusal(rates({"--data", sample("text.txt"), "--prove", "2/3"}), 2,
                 {"--prove 2/3", "1/40"});
}

TEST(Merge, MakesOneTableOfShards) {
  const TemporaryFolder folder;
  const std::vector<std::string> same = {"--data",  sample("text.txt"), "random:300K",
                                         "--chunk", "512,whole",        "--no-times"};
  const ProcessResult whole = run_zipdream(rates(same));
  for (const char* shard : {"1", "2"}) {
    std::vector<std::string> part = same;
    part.insert(part.end(), {"--shard", std::string(shard) + "/2", "--record", folder / shard});
    const ProcessResult result = run_zipdream(rates(part));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, "");
  }
  const ProcessResult merged = run_zipdream({"merge", folder / "2", folder / "1", "--no-times"});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(merged.out, whole.out);
  expect_refusal({"merge", folder / "1"}, 1, {"not measured to the end"});
  expect_refusal({"merge", sample("text.txt")}, 1, {"is no record of a run"});
}

TEST(InContext, ShowsHowModelsLearn) {
  const ProcessResult result = run_zipdream(
      {"in-context", "gzip:9", "ppm:4", "--data", sample("text.txt"), "--chunk", "256", "--json"});
  const auto records = nlohmann::json::parse(result.out)["records"];
  ASSERT_EQ(records.size(), 2 * 9U);
  EXPECT_EQ(records[9]["model"], "ppm:4");
  EXPECT_GT(records[9]["rate"], records[17]["rate"]);
  EXPECT_GT(records[17]["standard_error"], 0);
}

TEST(Scaling, MarksTheBest) {
  const ProcessResult result =
      run_zipdream({"scaling", "ppm:2", "cm", "--data", sample("text.txt"), "--sizes", "1K,1e9"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("1.024 KB"), HasSubstr("1 GB"), HasSubstr("*"), HasSubstr("~")));
  expect_refusal({"scaling", "ppm:2", "--data", sample("image.png")}, 2, {"scaling cuts"});
}

}  // namespace
}  // namespace zipdream
