// SPDX-License-Identifier: Apache-2.0
#include "zipdream/codec.h"

#include <gtest/gtest.h>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// In bytes .xz files grow by four at a time; without their padding, as .lzma files do.
TEST(Xz, CountsBitsWithoutThePaddingOfTheContainer) {
  const auto xz = make_codec("xz:0");
  const Bytes noise = random_bytes(1000);
  bool saw_fractions_of_four_bytes = false;
  for (std::size_t size = 1; size <= noise.size(); size += 7) {
    const ByteView data = ByteView(noise).first(size);
    const double bits = xz->bits(data, Units::kBits);
    const double bytes = xz->bits(data, Units::kBytes);
    EXPECT_LE(bits, bytes);
    EXPECT_GT(bits, bytes - 32);
    EXPECT_EQ(static_cast<int>(bytes) % 32, 0);
    saw_fractions_of_four_bytes |= static_cast<int>(bits) % 32 != 0;
  }
  EXPECT_TRUE(saw_fractions_of_four_bytes);
}

TEST(Xz, GrowsByOneByteForEachByteThatCannotBeCompressed) {
  const auto xz = make_codec("xz:0");
  const Bytes noise = random_bytes(400);
  const double first = xz->bits(ByteView(noise).first(300), Units::kBits);
  for (std::size_t size = 300; size <= 303; ++size) {
    EXPECT_EQ(xz->bits(ByteView(noise).first(size), Units::kBits),
              first + 8.0 * static_cast<double>(size - 300));
  }
}

}  // namespace
}  // namespace zipdream
