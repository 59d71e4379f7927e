// SPDX-License-Identifier: Apache-2.0
#include "experiments/report/comparison_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/experiments/variants.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Origin kOrigin = {.version = "1.2.3",
                        .command = "zipdream compare",
                        .input = file_facts("cat.txt", to_bytes("cat"))};
const CompareRequest kOptions = {.samples = 2, .seed = 1, .detailed = 3};

Comparison rhyme(const MediaJob& job) {
  return compare(sampling_variants({"ppm:6", "stored"}), job, kOptions);
}

TEST(ComparisonJson, HoldsEverything) {
  const auto job = rhyme_job();
  const Comparison comparison = rhyme(*job);
  const auto json = nlohmann::json::parse(comparison_json({*job, comparison, kOrigin}));
  EXPECT_EQ(json["media"], "text");
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["input"]["name"], "cat.txt");
  EXPECT_EQ(json["input"]["crc32"], hex_crc32(kOrigin.input));
  EXPECT_TRUE(json["libraries"]["zlib"].is_string());
  EXPECT_TRUE(json["corpus"].is_null());
  EXPECT_EQ(json["reference"]["text"], "the mat, the");
  EXPECT_EQ(json["reference"]["hex"].get<std::string>().size(), 24U);
  ASSERT_EQ(json["runs"].size(), 2U);
  const auto& ppm = json["runs"][0];
  EXPECT_EQ(ppm["name"], "ppm:6");
  EXPECT_EQ(ppm["reference"]["bits_of_bytes"].size(), 12U);
  EXPECT_EQ(ppm["reference"]["ranks_of_bytes"].size(), 12U);
  EXPECT_EQ(ppm["reference"]["alternatives"].size(), 3U);
  EXPECT_EQ(ppm["reference"]["alternatives"][0].size(), kAlternatives);
  EXPECT_EQ(ppm["reference"]["alternatives"][0][0][0], 't');
  EXPECT_EQ(ppm["reference"]["bits"], comparison.runs[0].reference->total());
  ASSERT_EQ(ppm["samples"].size(), 2U);
  EXPECT_EQ(ppm["samples"][1]["seed"], 2);
  EXPECT_EQ(ppm["samples"][1]["bytes"], 12);
  EXPECT_TRUE(ppm["samples"][1]["metrics"].contains("longest_copied_run"));
  EXPECT_EQ(ppm["samples"][1]["surprisal_trace"]["bits_of_bytes"].size(), 12U);
}

TEST(ComparisonJson, SaysWhyASampleIsMissing) {
  const auto job = make_text_job(to_bytes("abc"), 2);
  Comparison comparison;
  comparison.runs.push_back({.samples = {{.seed = 4, .failure = "no way on"}}});
  const auto json = nlohmann::json::parse(comparison_json({*job, comparison, kOrigin}));
  EXPECT_EQ(json["runs"][0]["samples"][0]["failure"], "no way on");
  EXPECT_TRUE(json["runs"][0]["reference"].is_null());
  EXPECT_TRUE(json["reference"].is_null());
}

TEST(ComparisonTable, AlignsItsColumnsAndMarksTheBest) {
  const auto job = rhyme_job();
  const Comparison comparison = rhyme(*job);
  const std::string table = comparison_table({*job, comparison, kOrigin});
  EXPECT_THAT(table, AllOf(HasSubstr("#  variant  method  probabilities"), HasSubstr("1  ppm:6"),
                           HasSubstr("2  stored"), HasSubstr("8.000 "),
                           HasSubstr("--- reference continuation\nthe mat, the\n"),
                           HasSubstr("--- 2 stored, seed 2\n"), Not(HasSubstr("~"))));
  const std::string best = fmt::format("{:.3f}*", comparison.runs[0].reference->per_byte());
  EXPECT_THAT(table, HasSubstr(best));
  const std::size_t header = table.find("reference bpb");
  const std::size_t line = table.rfind('\n', header) + 1;
  const std::size_t row = table.find("1  ppm:6");
  EXPECT_EQ(header - line + 13, table.find('*', row) - row) << "the figures end below their title";
}

TEST(ComparisonTable, SaysWhoseProbabilitiesScoreADream) {
  const auto job = rhyme_job();
  Comparison comparison = rhyme(*job);
  comparison.runs[1].variant.has_probs_of_its_own = false;
  EXPECT_THAT(comparison_table({*job, comparison, kOrigin}),
              AllOf(HasSubstr("8.000~"), HasSubstr("~ the method has no next-byte probabilities")));
}

TEST(ComparisonTable, IsSafeForATerminal) {
  const auto job = make_text_job(to_bytes("\x1b[31mred\xff"), 3, to_bytes("\x07\n"));
  const Comparison comparison = rhyme(*job);
  EXPECT_THAT(comparison_table({*job, comparison, kOrigin}),
              AllOf(HasSubstr("\\x1b[31mred\\xff"), HasSubstr("\\x07"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace zipdream
