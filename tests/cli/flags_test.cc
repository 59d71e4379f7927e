// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "apps/cli/output.h"

namespace zipdream {
namespace {

TEST(Flags, AreTheNamesOfOptionsOnTheCommandLine) {
  EXPECT_EQ(flag_of("temperature"), "--temp");
  EXPECT_EQ(flag_of("span"), "--span-len");
  EXPECT_EQ(flag_of("context_window"), "--context-window");
  EXPECT_EQ(flag_of("top_p"), "--top-p");
}

TEST(Message, HasFlagsWhereTheErrorHasNames) {
  EXPECT_EQ(message_of(Error::of_option("temperature", "2000", "must be 0 to 1000", "")),
            "--temp 2000: must be 0 to 1000");
  EXPECT_EQ(message_of(Error::of_option("max_copy", "3", "copies", "raise it or widen `alphabet`")),
            "--max-copy 3: copies; raise it or widen --alphabet");
}

TEST(Message, LeavesEverythingElseAsItIs) {
  EXPECT_EQ(message_of(Error("x: is broken; run `zipdream info x`, or `ulimit -d`")),
            "x: is broken; run `zipdream info x`, or `ulimit -d`");
  EXPECT_EQ(message_of(Error("a lone ` stays")), "a lone ` stays");
  EXPECT_EQ(message_of(Error(Error::Kind::kFailure, "`a`", "`b_c`", "")), "`a`: --b-c");
}

}  // namespace
}  // namespace zipdream
