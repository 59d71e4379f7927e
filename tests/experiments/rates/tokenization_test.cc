// SPDX-License-Identifier: Apache-2.0
#include "experiments/tokenization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/files.h"
#include "experiments/rates/run.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(TokenizationModel, HasAsManyParametersOnTokensAsOnBytes) {
  for (const char* size : {"200k", "800k"}) {
    const TokenizationModel bytes = tokenization_model("paper", size, 0, 256);
    for (const std::size_t vocabulary : {512, 1024}) {
      const TokenizationModel tokens = tokenization_model("paper", size, vocabulary, 256);
      const auto wanted = static_cast<double>(bytes.parameters);
      EXPECT_NEAR(static_cast<double>(tokens.parameters), wanted, wanted / 10) << vocabulary;
      EXPECT_LE(tokens.config.hidden_size, bytes.config.hidden_size);
      EXPECT_EQ(tokens.config.context_length, 256U);
    }
  }
}

TEST(TokenizationModel, OfAVocabularyThatTakesAllParametersIsRefused) {
  try {
    static_cast<void>(tokenization_model("paper", "200k", 50'000, 256));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("vocabularies 50000: is too large for"));
  }
  EXPECT_THROW(static_cast<void>(tokenization_model("paper", "7b", 512, 256)), Error);
}

// Any two models stand for the trained ones: the report knows places in the results alone.
TEST(TokenizationReport, HasARowForEachVocabularyAndAColumnForEachSize) {
  const TemporaryFolder folder;
  write_file(folder / "a.txt", text_like(6000));
  RunRequest request;
  request.models = {Spec::parse("ppm:2"), Spec::parse("ppm:4"), Spec::parse("ppm:3")};
  request.data = {folder / "a.txt"};
  const RunResults results = run_plan(make_plan(request), {});
  const std::vector<TokenizationModel> models = {
      {"200k", 0, {}, 100}, {"200k", 512, {}, 100}, {"800k", 0, {}, 400}};
  const Report report = tokenization_report(results, models);
  ASSERT_EQ(report.tables.size(), 1U);
  const ReportTable& table = report.tables[0];
  EXPECT_THAT(table.columns, ElementsAre("symbols", "200k parameters", "800k parameters"));
  const auto figure = MatchesRegex("[0-9].[0-9]{3} ± [0-9].[0-9]{3}");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0], ElementsAre("bytes", figure, figure));
  EXPECT_THAT(table.rows[1], ElementsAre("BPE 512", figure, "-"));
  ASSERT_EQ(report.records.size(), 3U);
}

}  // namespace
}  // namespace zipdream
