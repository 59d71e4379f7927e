// SPDX-License-Identifier: Apache-2.0
#include "experiments/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Report some_report() {
  Report report;
  report.experiment = "rates";
  report.subject = "two texts";
  report.tables.push_back(
      {"Sizes", {"model", "a|b"}, {{"gzip:9", "48.13"}, {"x", "1"}}, {"Note."}});
  report.charts.push_back({.title = "Chart", .series = {{"gzip:9", {{1, 2, 0.5}, {2, 3, {}}}}}});
  report.fields = {"model", "rate", "chunks", "nothing", "is_best"};
  report.records = {{"lm:</script>, \"x\"", 0.5, std::uint64_t{7}, std::monostate(), true}};
  report.origin = {{"version", "1.2.3"}};
  return report;
}

TEST(ReportMarkdown, AlignsItsTables) {
  EXPECT_EQ(report_markdown(some_report()),
            "two texts\n"
            "\n"
            "### Sizes\n"
            "\n"
            "| model  |  a\\|b |\n"
            "|--------|------:|\n"
            "| gzip:9 | 48.13 |\n"
            "| x      |     1 |\n"
            "\n"
            "Note.\n");
}

TEST(ReportCsv, QuotesWhatNeedsIt) {
  EXPECT_EQ(report_csv(some_report()),
            "model,rate,chunks,nothing,is_best\r\n"
            "\"lm:</script>, \"\"x\"\"\",0.5,7,,true\r\n");
}

TEST(ReportJson, HoldsRecordsAndOrigin) {
  const auto json = nlohmann::json::parse(report_json(some_report()));
  EXPECT_EQ(json["origin"]["version"], "1.2.3");
  EXPECT_EQ(json["records"][0]["rate"], 0.5);
  EXPECT_EQ(json["records"][0]["chunks"], 7);
  EXPECT_TRUE(json["records"][0]["nothing"].is_null());
}

TEST(ReportPage, HoldsItsDataAndNothingThatEndsIt) {
  Report report = some_report();
  report.subject = "</script><b>";
  const std::string page = report_page(report);
  EXPECT_THAT(page, AllOf(StartsWith("<!DOCTYPE html>"), EndsWith("</html>\n"),
                          Not(HasSubstr("</script><b>")), Not(HasSubstr("{{"))));
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t from = page.find(begin) + begin.size();
  const auto data = nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
  EXPECT_EQ(data["subject"], "</script><b>");
  EXPECT_EQ(data["charts"][0]["series"][0]["points"][0][2], 0.5);
  EXPECT_TRUE(data["charts"][0]["series"][0]["points"][1][2].is_null());
  EXPECT_EQ(data["tables"][0]["rows"][0][1], "48.13");
}

}  // namespace
}  // namespace zipdream
