// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/encodings.h"

namespace zipdream {
namespace {

TEST(ParseSize, KnowsUnitsOf1024AndOf1000) {
  constexpr std::uint64_t kMega = 1'000'000;
  EXPECT_EQ(parse_size("2048"), 2048U);
  EXPECT_EQ(parse_size("0"), 0U);
  for (const char* size : {"16K", "16k", "16KiB", "16Ki", "16 KiB", "16kib"}) {
    EXPECT_EQ(parse_size(size), 16384U) << size;
  }
  for (const char* size : {"16KB", "16kb", "16 kB"}) EXPECT_EQ(parse_size(size), 16000U) << size;
  EXPECT_EQ(parse_size("3M"), 3U << 20);
  EXPECT_EQ(parse_size("3MiB"), 3U << 20);
  EXPECT_EQ(parse_size("3MB"), 3 * kMega);
  EXPECT_EQ(parse_size("2G"), std::uint64_t{2} << 30);
  EXPECT_EQ(parse_size("2GB"), 2000 * kMega);
  EXPECT_EQ(parse_size("1T"), std::uint64_t{1} << 40);
  EXPECT_EQ(parse_size("12B"), 12U);
}

TEST(ParseSize, TakesFractionsAndPowersThatAreWholeBytes) {
  EXPECT_EQ(parse_size("0.5M"), 524288U);
  EXPECT_EQ(parse_size("1.5KB"), 1500U);
  EXPECT_EQ(parse_size("1e6"), 1'000'000U);
  EXPECT_EQ(parse_size("0x10"), 16U);
  EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_size("16383P"), std::nullopt);
}

TEST(ParseSize, RefusesWhatIsNone) {
  for (const char* bad : {"",
                          "K",
                          "KiB",
                          "-1",
                          "-1K",
                          "+1",
                          "1.5",
                          "1e99",
                          "nan",
                          "inf",
                          "0x",
                          "1KK",
                          "1KBB",
                          "1i",
                          "1 ",
                          " 1",
                          "1K ",
                          "1,5K",
                          "18446744073709551616",
                          "18014398509481984K",
                          "1e-3K"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(SizeText, IsWhatParsesBack) {
  EXPECT_EQ(size_text(67108864), "64M");
  EXPECT_EQ(size_text(1000), "1000");
  EXPECT_EQ(size_text(0), "0");
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{1536}, UINT64_MAX}) {
    EXPECT_EQ(parse_size(size_text(size)), size);
  }
}

}  // namespace
}  // namespace zipdream
