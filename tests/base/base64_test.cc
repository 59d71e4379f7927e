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

TEST(Base64, IsReadAsItIsWritten) {
  for (const char* text : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfb\x01"}) {
    EXPECT_EQ(bytes_of_base64(base64(to_bytes(text))), to_bytes(text));
  }
}

TEST(Base64, IsReadInItsOneSpellingOnly) {
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "=Zg=", "Z===", "====", "Zm9v=", "Zm9v\n", "Zm-_"}) {
    EXPECT_EQ(bytes_of_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace zipdream
