// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "codecs/bzip2/tables.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

TEST(Bzip2End, RoundsUpToTheSizeOfTheStream) {
  const auto bzip2 = make_codec("bzip2:1");
  std::array<int, 8> seen{};
  for (const SampleKind& kind : sample_kinds()) {
    for (std::size_t size = 0; size < 120; ++size) {
      const Bytes data = kind.make(size * size, 1);
      const double bits = bzip2->bits(data, Units::kBits);
      const double bytes = bzip2->bits(data, Units::kBytes);
      ASSERT_EQ(8 * std::ceil(bits / 8), bytes) << kind.name << ' ' << data.size();
      ++seen[static_cast<std::size_t>(bytes - bits)];
    }
  }
  for (const int count : seen) EXPECT_GT(count, 20) << "all paddings come up";
}

// The empty stream is known: "BZh9", the mark, a checksum of zero.
TEST(Bzip2End, FindsTheMarkAtEveryBit) {
  const Bytes mark = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(bzip2_padding_bits(mark), 0U);
  for (std::size_t padding = 1; padding < 8; ++padding) {
    Bytes shifted(11);
    for (std::size_t bit = 0; bit < 80; ++bit) {
      const unsigned value = mark[bit / 8] >> (7 - bit % 8) & 1;
      const std::size_t at = bit + 8 - padding;
      shifted[at / 8] = static_cast<Byte>(shifted[at / 8] | value << (7 - at % 8));
    }
    EXPECT_EQ(bzip2_padding_bits(shifted), padding);
  }
}

TEST(Bzip2End, ThrowsWhereThereIsNone) {
  for (const std::size_t size : {0, 1, 9, 10, 11, 64}) {
    EXPECT_THROW((void)bzip2_padding_bits(random_bytes(size)), Error);
  }
}

}  // namespace
}  // namespace zipdream
