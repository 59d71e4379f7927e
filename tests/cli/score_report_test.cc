// SPDX-License-Identifier: Apache-2.0
// How scores look, on made-up ones: the expected output stands here to be read.
#include "apps/cli/score_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

ScoreReport report_of(std::vector<Scored> scored) {
  ScoreReport report;
  report.model = "gzip:9";
  report.probs = "tables";
  report.media = "text";
  report.file = "tale.txt";
  report.corpus_bytes = 1000;
  report.context_bytes = 24;
  report.scored = std::move(scored);
  return report;
}

// Sixteen bytes; "zebra" surprises, the blanks do not.
Scored scored_line() {
  return {to_bytes("the\tzebra sat.\nA"),
          {2, 1, 0.25, 0.5, 14, 9, 8, 4, 3, 0, 2, 1, 0.5, 1, 0.75, 3},
          40.0};
}

TEST(ScoreReport, SumsUpAFileAndItsExtremes) {
  const ScoreReport report = report_of({scored_line()});
  EXPECT_EQ(summary_table(report) + stretches_table(report),
            R"(gzip:9 after 1024 bytes, by tables: 16 bytes of tale.txt

                            bits   bits per byte
the model                   50.0           3.125
the codec's stream          40.0           2.500

most surprising          at byte   bits per byte
                               4           11.50  'ze'
                               6            6.00  'br'
                              14            1.88  '\nA'

least surprising         at byte   bits per byte
                               2            0.38  'e\t'
                              11            0.75  'at'
                               9            1.00  ' s'
)");
}

TEST(ScoreReport, RanksChoicesAndMarksBothWinners) {
  const Scored short_one = {to_bytes(" a"), {3, 3}, std::nullopt};
  const Scored fitting = {to_bytes(" and the rest"), std::vector<double>(13, 0.5), 0.0};
  const Scored wrong = {to_bytes(std::string(60, '?')), std::vector<double>(60, 7.5), 512.0};
  const ScoreReport report = report_of({wrong, fitting, short_one});
  EXPECT_EQ(choices_table(report),
            R"(gzip:9 after 1024 bytes, by tables: 3 choices, * the best

      bits    bits per byte   bytes stream's bits   choice
      6.00*           3.000        2             -   ' a'
      6.50            0.500*      13           0.0   ' and the rest'
    450.00            7.500       60         512.0   '????????????????????????????????????????????????'...
)");
}

TEST(ScoreReport, OfOneByteHasNoExtremes) {
  const ScoreReport report = report_of({{to_bytes("x"), {8}, std::nullopt}});
  EXPECT_EQ(stretches_table(report), "");
  EXPECT_THAT(summary_table(report), Not(HasSubstr("stream")));
}

TEST(HeatMap, WithoutColourStandsInDigitsBelowTheText) {
  const Scored scored = scored_line();
  EXPECT_EQ(heat_map(scored.bytes, scored.bits, false), R"(the zebra sat.↵
32 165543 32121
A
3

bits:  blank <0.5  1 <1  2 <2  3 <4  4 <8  5 <12  6 12+
)");
}

TEST(HeatMap, WithoutColourBreaksLongLines) {
  const Bytes text(100, 'x');
  const std::string map = heat_map(text, std::vector<double>(100, 1.5), false);
  EXPECT_THAT(map, HasSubstr(std::string(80, 'x') + "\n" + std::string(80, '2') + "\n" +
                             std::string(20, 'x') + "\n"));
}

TEST(HeatMap, PaintsRunsOfOneLevelAndNeverANewline) {
  const std::string map = heat_map(to_bytes("ab\nc"), {5, 5, 5, 0}, true);
  EXPECT_THAT(map, HasSubstr("\x1b[38;5;16;48;5;208mab↵\x1b[0m\nc\n"));
}

TEST(HeatMap, AddsUpTheBytesOfACharacterAndEscapesWhatIsNone) {
  // The letter of two bytes costs 3 + 6 bits; the escape character would reach the terminal.
  const Bytes text = to_bytes("\xc3\xa9\x1b[");
  EXPECT_THAT(heat_map(text, {3, 6, 0, 0}, false), HasSubstr("é\\x1b[\n5\n"));
  const std::string map = heat_map(text, {3, 6, 0, 0}, true);
  EXPECT_THAT(map, AllOf(HasSubstr(";196mé"), Not(HasSubstr("\x1b[["))));
}

}  // namespace
}  // namespace zipdream
