// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.h"
#include "tests/cli/process.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

nlohmann::json predict(const std::string& model, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"predict", model, "-f", sample("text.txt"), "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProcessResult result = run_zipdream(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

// Prints the 256 compressed sizes of FILE followed by each byte, by python's own modules.
constexpr const char* kPythonLengths = R"(
import bz2, gzip, lzma, sys, zlib
data = open(sys.argv[2], 'rb').read()
def deflate(x, wbits): c = zlib.compressobj(LEVEL, 8, wbits); return c.compress(x) + c.flush()
name, LEVEL = sys.argv[1].split(':')[0], int(sys.argv[1].split(':')[1])
compress = {
    'gzip': lambda x: gzip.compress(x, LEVEL),
    'zlib': lambda x: zlib.compress(x, LEVEL),
    'deflate': lambda x: deflate(x, -15),
    'xz': lambda x: lzma.compress(x, preset=LEVEL),
    'lzma': lambda x: lzma.compress(x, format=lzma.FORMAT_ALONE, preset=LEVEL),
    'bzip2': lambda x: bz2.compress(x, LEVEL)}[name]
for b in range(256): print(len(compress(data + bytes([b]))))
)";

class PredictInBytes : public testing::TestWithParam<const char*> {};

TEST_P(PredictInBytes, AgreesWithPythonForAll256Bytes) {
  const ProcessResult python =
      run_program({"python3", "-c", kPythonLengths, GetParam(), sample("text.txt")});
  if (python.exit_code != 0) GTEST_SKIP() << "python3 with zlib, lzma and bz2 is not installed";
  std::istringstream lines(python.out);
  std::vector<double> lengths;
  for (int size = 0; lines >> size;) lengths.push_back(8.0 * size);
  ASSERT_EQ(lengths.size(), 256U);
  const auto symbols = predict(GetParam(), {"--units", "bytes"})["symbols"];
  ASSERT_EQ(symbols.size(), 256U);
  const double offset = symbols[0]["bits"].get<double>() - lengths[symbols[0]["token"]];
  for (const auto& row : symbols) {
    EXPECT_NEAR(row["bits"].get<double>(), lengths[row["token"]] + offset, 1e-6) << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, PredictInBytes,
                         testing::Values("gzip:9", "gzip:6", "gzip:1", "zlib:9", "deflate:9",
                                         "xz:6", "xz:0", "lzma:6", "bzip2:9"));

TEST(Predict, GivesAllSymbolsFromTheMostToTheLeastProbableInJson) {
  const auto json = predict("gzip:9", {});
  const auto& symbols = json["symbols"];
  ASSERT_EQ(symbols.size(), 256U);
  double sum = 0;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const double p = symbols[i]["probability"];
    EXPECT_NEAR(p, std::exp2(-symbols[i]["bits"].get<double>()), 1e-12);
    if (i > 0) {
      EXPECT_LE(p, symbols[i - 1]["probability"].get<double>());
    }
    sum += p;
  }
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_EQ(json["context_bytes"], read_file(sample("text.txt")).size());
}

TEST(Predict, ShowsTheTopSymbolsAsATable) {
  const ProcessResult result = run_zipdream(
      {"predict", "gzip:9", "-p", "the cat sat on the mat, the cat sat on the ", "--top", "3"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("'m'"));
  EXPECT_THAT(result.out, HasSubstr("253 others"));
}

TEST(Predict, FlattensWithTemperature) {
  const double cold = predict("gzip:9", {"--temp", "0.5"})["entropy_bits"];
  const double warm = predict("gzip:9", {})["entropy_bits"];
  const double hot = predict("gzip:9", {"--temp", "3"})["entropy_bits"];
  EXPECT_LT(cold, warm);
  EXPECT_LT(warm, hot);
}

TEST(Predict, SeesFinerInBitsThanInBytes) {
  const auto distinct = [](const nlohmann::json& json) {
    std::map<double, int> counts;
    for (const auto& row : json["symbols"]) ++counts[std::round(row["bits"].get<double>() * 1e6)];
    return counts.size();
  };
  EXPECT_GT(distinct(predict("gzip:9", {})), distinct(predict("gzip:9", {"--units", "bytes"})));
}

TEST(Predict, PredictsTheNextSampleOfASound) {
  const ProcessResult result =
      run_zipdream({"predict", "flac:8", "-f", sample("sound.wav"), "--rate", "8000"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("probability"));
}

}  // namespace
}  // namespace zipdream
