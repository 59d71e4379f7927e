// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "base/terminal.h"

namespace zipdream {
namespace {

TEST(FormatSeconds, ChoosesTheUnitThatReadsBest) {
  EXPECT_EQ(format_seconds(0.0851), "85 ms");
  EXPECT_EQ(format_seconds(12.34), "12.3 s");
  EXPECT_EQ(format_seconds(245), "4 min 05 s");
  EXPECT_EQ(format_seconds(7800), "2 h 10 min");
}

TEST(FormatSeconds, SaysWhenItCannotTell) {
  EXPECT_EQ(format_seconds(std::numeric_limits<double>::infinity()), "?");
  EXPECT_EQ(format_seconds(std::numeric_limits<double>::quiet_NaN()), "?");
}

TEST(Bar, FillsByEighthsAndKeepsItsWidth) {
  EXPECT_EQ(bar(0, 3), "   ");
  EXPECT_EQ(bar(1, 3), "███");
  EXPECT_EQ(bar(0.5, 3), "█▌ ");
  EXPECT_EQ(bar(7, 2), "██");
  EXPECT_EQ(bar(-1, 2), "  ");
}

}  // namespace
}  // namespace zipdream
