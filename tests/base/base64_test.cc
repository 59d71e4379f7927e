// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/encodings.h"

namespace zipdream {
namespace {

TEST(Base64, IsThatOfTheStandard) {
  EXPECT_EQ(base64({}), "");
  EXPECT_EQ(base64(to_bytes("f")), "Zg==");
  EXPECT_EQ(base64(to_bytes("fo")), "Zm8=");
  EXPECT_EQ(base64(to_bytes("foo")), "Zm9v");
  EXPECT_EQ(base64(to_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64(Bytes{0xff, 0xfe, 0xfb}), "//77");
}

}  // namespace
}  // namespace zipdream
