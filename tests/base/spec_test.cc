// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr LevelRange kRange{.min = 1, .max = 9, .fallback = 6};

constexpr std::array<std::string_view, 6> kNames = {"gzip", "bzip2",  "xz",
                                                    "zstd", "brotli", "flac"};

std::string message_of(std::string_view options) {
  try {
    (void)parse_level("gzip", options, kRange);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage);
    return error.what();
  }
  return "no error";
}

TEST(Spec, SplitsAtTheFirstColon) {
  EXPECT_EQ(split_spec("gzip").name, "gzip");
  EXPECT_EQ(split_spec("gzip").options, "");
  EXPECT_EQ(split_spec("gzip:9").options, "9");
  EXPECT_EQ(split_spec("arith:ppm:6").name, "arith");
  EXPECT_EQ(split_spec("arith:ppm:6").options, "ppm:6");
  EXPECT_EQ(split_spec("").name, "");
}

// A name goes into errors of one line. Found by fuzzing.
TEST(Spec, HasNoControlCharacters) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view text : {"gz\0ip"sv, "\x01"sv, "gzip:\n9"sv, "xz\x7f"sv}) {
    EXPECT_THROW((void)split_spec(text), Error);
  }
}

TEST(Level, IsReadWithinItsRange) {
  EXPECT_EQ(parse_level("gzip", "", kRange), 6);
  EXPECT_EQ(parse_level("gzip", "1", kRange), 1);
  EXPECT_EQ(parse_level("gzip", "9", kRange), 9);
}

TEST(Level, NamesTheRangeAndTheNearestLevelWhenItIsOutside) {
  EXPECT_EQ(message_of("12"), "gzip:12: the level must be 1 to 9; try gzip:9");
  EXPECT_EQ(message_of("-3"), "gzip:-3: the level must be 1 to 9; try gzip:1");
}

TEST(Level, SuggestsTheDefaultWhenItIsNoNumber) {
  for (const char* options : {"best", "9x", " 9", "9 ", "+9", "0x9", "9.0", "99999999999", ":9"}) {
    EXPECT_THAT(message_of(options), testing::EndsWith("must be 1 to 9; try gzip:6")) << options;
  }
}

TEST(NearestName, ForgivesSlipsOfThePen) {
  EXPECT_EQ(nearest_name("gzpi", kNames), "gzip");
  EXPECT_EQ(nearest_name("gz", kNames), "gzip");
  EXPECT_EQ(nearest_name("bzip", kNames), "bzip2");
  EXPECT_EQ(nearest_name("zst", kNames), "zstd");
  EXPECT_EQ(nearest_name("brolti", kNames), "brotli");
  EXPECT_EQ(nearest_name("flacc", kNames), "flac");
  EXPECT_EQ(nearest_name("transformer", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
}

}  // namespace
}  // namespace zipdream
