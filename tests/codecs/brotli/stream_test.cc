// SPDX-License-Identifier: Apache-2.0
#include "codecs/brotli/stream.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <string>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

class BrotliBits : public testing::TestWithParam<int> {
 protected:
  std::unique_ptr<Codec> codec_ = make_codec("brotli:" + std::to_string(GetParam()));
};

TEST_P(BrotliBits, RoundUpToTheSizeOfTheStream) {
  std::array<int, 8> seen{};
  for (const SampleKind& kind : sample_kinds()) {
    for (std::size_t step = 0; step < (GetParam() < 9 ? 45 : 20); ++step) {
      const Bytes data = kind.make(step * step * (step % 5 == 0 ? 5 : 1), 1);
      const double bits = codec_->bits(data, Units::kBits);
      const double bytes = codec_->bits(data, Units::kBytes);
      ASSERT_EQ(bytes, 8.0 * static_cast<double>(codec_->compress(data).size()));
      ASSERT_EQ(8 * std::ceil(bits / 8), bytes) << kind.name << ' ' << data.size();
      ++seen[static_cast<std::size_t>(bytes - bits)];
    }
  }
  const int expected = GetParam() == 10 ? 0 : 2;
  for (std::size_t padding = 1; padding < 8; ++padding) {
    EXPECT_GE(seen[padding], expected) << padding << " bits";
  }
}

// Blocks end here, 16 KB to 256 KB long.
TEST_P(BrotliBits, RoundUpToTheSizeOfTheStreamWhereBlocksEnd) {
  if (GetParam() >= 10 || (GetParam() >= 6 && GetParam() <= 8)) return;  // 6 to 8 are as 5
  for (const std::size_t edge : {16 << 10, 64 << 10, 256 << 10}) {
    for (std::size_t size = edge - 1; size <= edge + 1; ++size) {
      for (const Bytes& data : {text_like(size), random_bytes(size)}) {
        const double bits = codec_->bits(data, Units::kBits);
        EXPECT_EQ(8 * std::ceil(bits / 8), codec_->bits(data, Units::kBytes)) << size;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Quality, BrotliBits, testing::Range(0, 12));

// "Nothing": the size of the window (0), the last block (1), which is empty (1).
TEST(BrotliBits, AreThreeForNothing) {
  EXPECT_EQ(make_codec("brotli:5")->bits({}, Units::kBits), 3);
}

// One byte that is not compressed: 4 bits for the window, 1 for "not the last", 2 and 16 for the
// size, 1 for "not compressed", filled to 3 bytes; the byte; 2 for the mark of the end.
TEST(BrotliBits, CountTheMarkOfTheEndAfterStoredData) {
  const Byte byte = 'x';
  EXPECT_EQ(make_codec("brotli:5")->bits({&byte, 1}, Units::kBits), 8 * 4 + 2);
}

TEST(BrotliBits, TellApartCandidatesOfTheSameSize) {
  const auto codec = make_codec("brotli:5");
  const Bytes text = text_like(3000);
  std::set<double> bits;
  std::set<double> bytes;
  for (const Byte byte : full_alphabet()) {
    const Bytes data = concat(text, {&byte, 1});
    bits.insert(codec->bits(data, Units::kBits));
    bytes.insert(codec->bits(data, Units::kBytes));
  }
  EXPECT_GT(bits.size(), 2 * bytes.size());
}

}  // namespace
}  // namespace zipdream
