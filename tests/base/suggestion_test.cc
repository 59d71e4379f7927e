// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "base/errors.h"

namespace zipdream {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"gzip", "bzip2",  "xz",
                                                    "zstd", "brotli", "flac"};

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

TEST(Suggestion, IsHowARemedyBegins) {
  EXPECT_EQ(suggestion("gzpi", kNames), "did you mean gzip? ");
  EXPECT_EQ(suggestion("transformer", kNames), "");
}

}  // namespace
}  // namespace zipdream
