// SPDX-License-Identifier: Apache-2.0
// The same results whatever the threads, the order, the shards and the kills.
#include "experiments/rates/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <vector>

#include "base/files.h"
#include "base/output_file.h"
#include "base/parallel.h"
#include "experiments/rates/reports.h"
#include "media/image/imaging.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

class RunTest : public testing::Test {
 protected:
  RunTest() {
    write_file(folder_ / "a.txt", text_like(70'000));
    write_file(folder_ / "b.txt", text_like(5'000, 2));
    Image image{.width = 50, .height = 40, .channels = 1, .pixels = text_like(2000)};
    write_file(folder_ / "c.png", imaging().encode_png(image, 1));
    request_.models = {Spec::parse("gzip:9"), Spec::parse("xz:1"), Spec::parse("ppm:3@1/4")};
    request_.data = {folder_ / "*.txt", folder_ / "c.png", "random:10000"};
    request_.chunk = 256;
    request_.whole = true;
  }

  [[nodiscard]] static std::string table(const RunResults& results) {
    return report_json(make_report(results, {.times = false}));
  }

  [[nodiscard]] std::string run(const RunOptions& options) const {
    return table(run_plan(make_plan(request_), options));
  }

  TemporaryFolder folder_;
  RunRequest request_;
};

RunOptions to_record(const std::string& record = "") { return {.record = record}; }

std::multiset<std::string> keys_of(const std::string& record) {
  std::multiset<std::string> keys;
  for_each_line(
      record, [&](std::string_view line) { keys.emplace(line.substr(0, line.find("\"sums\""))); });
  return keys;
}

TEST_F(RunTest, GivesTheSameOnAnyNumberOfThreads) {
  set_thread_count(1);
  const std::string one = run({});
  set_thread_count(3);
  EXPECT_EQ(run({}), one);
  set_thread_count(0);
  EXPECT_THAT(one, HasSubstr("\"rate\""));
}

TEST_F(RunTest, MeasuresEveryChunkOnceAndAShareWhereAsked) {
  const RunResults results = run_plan(make_plan(request_), {});
  const std::uint64_t chunks = (70'000 + 255) / 256 + (5'000 + 255) / 256;
  EXPECT_EQ(results.chunked(0, 0).rate_sums[0].chunks, chunks);
  EXPECT_EQ(results.chunked(0, 0).rate_sums[0].bytes, 75'000U);
  EXPECT_EQ(results.whole(0, 0).rate_sums[0].bytes, 75'000U);
  EXPECT_NEAR(static_cast<double>(results.chunked(2, 0).rate_sums[0].chunks),
              static_cast<double>(chunks) / 4, 2);
  EXPECT_FALSE(results.has_whole(2, 0)) << "a share is never the whole";
  EXPECT_EQ(results.chunked(0, 1).rate_sums[0].bytes, 6 * 256U) << "patches of 16 x 16";
  EXPECT_EQ(results.left_out(1), 2000 - 6 * 256U);
  EXPECT_EQ(results.chunked(0, 2).rate_sums[0].bytes, 10'000U);
  EXPECT_EQ(results.missing(), std::nullopt);
}

TEST_F(RunTest, GoesOnFromARecordWithoutMeasuringAgain) {
  const std::string record = folder_ / "run.jsonl";
  const std::string whole = run(to_record(record));
  EXPECT_EQ(whole, run({}));
  const auto keys = keys_of(record);
  const Bytes lines = read_file(record);
  for (const double share : {0.02, 0.4, 0.97}) {
    // What a kill leaves: a part of the lines, the last one torn.
    const auto size = static_cast<std::size_t>(share * static_cast<double>(lines.size()));
    write_file(record, ByteView(lines).first(size));
    EXPECT_EQ(run(to_record(record)), whole) << share;
    const auto again = keys_of(record);
    EXPECT_EQ(std::set(again.begin(), again.end()), std::set(keys.begin(), keys.end()));
    std::multiset<std::string> units;
    for (const std::string& key : again) {
      if (key.find("\"row\"") != std::string::npos) units.insert(key);
    }
    EXPECT_EQ(units.size(), std::set(units.begin(), units.end()).size()) << "nothing twice";
  }
  const auto before = std::filesystem::file_size(record);
  EXPECT_EQ(run(to_record(record)), whole);
  EXPECT_EQ(std::filesystem::file_size(record), before) << "all was done";
}

TEST_F(RunTest, JoinsShardsToTheSameResult) {
  const std::string whole = run({});
  std::vector<std::string> records;
  for (std::size_t shard = 0; shard < 3; ++shard) {
    records.push_back(folder_ / ("shard" + std::to_string(shard)));
    RunOptions options = to_record(records.back());
    options.shard = shard;
    options.shards = 3;
    static_cast<void>(run(options));
  }
  EXPECT_EQ(table(merge_records(records)), whole);
  EXPECT_EQ(table(merge_records({records[2], records[0], records[1], records[0]})), whole)
      << "in any order, and one twice";
  try {
    static_cast<void>(merge_records({records[0], records[2]}));
    FAIL() << "a part is missing";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("not measured to the end; name the records of all shards"));
  }
}

TEST_F(RunTest, RefusesTheRecordOfAnotherRun) {
  const std::string record = folder_ / "run.jsonl";
  static_cast<void>(run(to_record(record)));
  request_.models[0] = Spec::parse("gzip:8");
  EXPECT_THROW(static_cast<void>(run(to_record(record))), Error);
  const std::string other = folder_ / "other.jsonl";
  static_cast<void>(run(to_record(other)));
  EXPECT_THROW(static_cast<void>(merge_records({record, other})), Error);
  write_file(other, to_bytes("{}\n"));
  EXPECT_THROW(static_cast<void>(merge_records({other})), Error);
  write_file(other, {});
  EXPECT_THROW(static_cast<void>(merge_records({other})), Error);
}

TEST_F(RunTest, RefusesLinesThatAreNoResults) {
  const std::string record = folder_ / "run.jsonl";
  static_cast<void>(run(to_record(record)));
  const Bytes lines = read_file(record);
  for (const char* line :
       {"x\n", "{\"row\":9,\"column\":0,\"item\":0,\"unit\":0}\n",
        "{\"column\":0,\"item\":77,\"chunks\":1,\"left_out\":0}\n",
        "{\"row\":0,\"column\":0,\"item\":0,\"unit\":99,\"sums\":[[1]],\"s\":0}\n",
        // A unit behind the end of its item, as far as numbers go; a result of more sums than one.
        "{\"row\":0,\"column\":0,\"item\":0,\"unit\":99,\"sums\":[[1,256,9,0,1,1,1]],\"s\":0}\n",
        "{\"row\":0,\"column\":0,\"item\":0,\"unit\":9223372036854775807,"
        "\"sums\":[[1,256,9,0,1,1,1]],\"s\":0}\n",
        "{\"row\":1,\"column\":0,\"item\":1,\"unit\":0,"
        "\"sums\":[[1,256,9,0,1,1,1],[1,256,9,0,1,1,1]],\"s\":0}\n",
        "{\"column\":0,\"item\":0,\"chunks\":1,\"left_out\":0}\n"}) {
    Bytes more = lines;
    const Bytes bytes = to_bytes(line);
    more.insert(more.end(), bytes.begin(), bytes.end());
    write_file(record, more);
    EXPECT_THROW(static_cast<void>(run(to_record(record))), Error) << line;
  }
}

TEST_F(RunTest, LeavesOutWhatCannotBeReadAndTriesItAgain) {
  std::filesystem::create_symlink(folder_ / "later", folder_ / "aa.txt");
  const std::string record = folder_ / "run.jsonl";
  const RunResults results = run_plan(make_plan(request_), to_record(record));
  ASSERT_EQ(results.failures().size(), 1U);
  EXPECT_THAT(results.failures()[0].reason, HasSubstr("aa.txt: no such file"));
  EXPECT_EQ(results.chunked(0, 0).rate_sums[0].bytes, 75'000U) << "the rest";
  EXPECT_EQ(results.missing(), std::nullopt);
}

TEST_F(RunTest, CurvesCountFullChunksAtEachPosition) {
  request_.experiment = Experiment::kInContext;
  request_.whole = false;
  const RunResults results = run_plan(make_plan(request_), {});
  const Cell& cell = results.chunked(0, 0);
  ASSERT_EQ(cell.rate_sums.size(), curve_lengths(256).size());
  EXPECT_EQ(cell.rate_sums.back().chunks, 70'000 / 256 + 5'000 / 256);
  const Report report = make_report(results, {});
  EXPECT_EQ(report.charts.size(), 3U);
  const auto& points = report.charts[0].series[2].points;
  EXPECT_GT(points.front().y, points.back().y) << "ppm learns";
  EXPECT_GT(*points.back().error, 0);
}

TEST_F(RunTest, ScalesOverTheStartsOfAText) {
  request_.experiment = Experiment::kScaling;
  request_.whole = false;
  request_.models = {Spec::parse("ppm:2"), Spec::parse("cm")};
  request_.data = {folder_ / "a.txt"};
  request_.sizes = {1000, 20'000, 70'000, 1'000'000};
  const RunResults results = run_plan(make_plan(request_), {});
  EXPECT_EQ(results.spec().data_sets.size(), 3U) << "nothing is measured twice";
  EXPECT_EQ(results.chunked(0, 1).rate_sums[0].bytes, 20'000U);
  const Report report = make_report(results, {});
  EXPECT_THAT(report.tables[0].rows[0].back(), testing::StartsWith("~"));
  EXPECT_EQ(report.records.size(), 8U);
}

TEST(CurveLengths, RiseToTheChunk) {
  EXPECT_EQ(curve_lengths(100), (std::vector<std::size_t>{16, 24, 32, 48, 64, 96, 100}));
  EXPECT_EQ(curve_lengths(7), (std::vector<std::size_t>{7}));
}

}  // namespace
}  // namespace zipdream
