// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/encodings.h"

namespace zipdream {
namespace {

TEST(Varint, ReadsBackWhatItWrote) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t number :
         {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1, ~std::uint64_t{0} >> bit}) {
      Bytes bytes;
      append_varint(number, bytes);
      EXPECT_EQ(bytes.size(), varint_size(number));
      bytes.push_back(0xab);
      ByteView view = bytes;
      EXPECT_EQ(take_varint(view), number);
      EXPECT_EQ(view.size(), 1U);
    }
  }
}

TEST(Varint, TakesSevenBitsAByte) {
  EXPECT_EQ(varint_size(127), 1U);
  EXPECT_EQ(varint_size(128), 2U);
  EXPECT_EQ(varint_size(16'383), 2U);
  EXPECT_EQ(varint_size(16'384), 3U);
  EXPECT_EQ(varint_size(~std::uint64_t{0}), 10U);
}

TEST(Varint, IsNothingWhenCutOffTooLongOrSpeltAnotherWay) {
  const Bytes too_many_bits = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2};
  const Bytes endless(12, 0x80);
  for (const Bytes& bytes :
       {Bytes{}, Bytes{0x80}, Bytes{0xff, 0xff}, Bytes{0x80, 0}, too_many_bits, endless}) {
    ByteView view = bytes;
    EXPECT_FALSE(take_varint(view).has_value());
    EXPECT_EQ(view.size(), bytes.size());
  }
}

}  // namespace
}  // namespace zipdream
