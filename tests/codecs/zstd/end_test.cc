// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "codecs/zstd/frame.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/codecs/zstd/reader.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

TEST(ZstdEnd, LeavesTheBitsOfAllCodeWords) {
  ZstdBitCount seen;
  for (const char* spec : {"zstd:1", "zstd:3", "zstd:7", "zstd:19"}) {
    const auto codec = make_codec(spec);
    for (const SampleKind& kind : sample_kinds()) {
      for (const std::size_t size : {0, 1, 5, 40, 100, 300, 1000, 3000, 30'000, 300'000}) {
        if (size > 30'000 && std::string_view(spec) == "zstd:19") continue;
        const Bytes data = kind.make(size, static_cast<int>(size));
        const Bytes frame = codec->compress(data);
        const ZstdBitCount count = count_zstd_bits(frame);
        ASSERT_TRUE(count.is_exact) << spec << ' ' << kind.name << ' ' << size;
        ASSERT_EQ(8 * frame.size() - zstd_padding(frame), count.bits)
            << spec << ' ' << kind.name << ' ' << size;
        EXPECT_EQ(codec->bits(data, Units::kBits), static_cast<double>(count.bits));
        seen.huffman_blocks += count.huffman_blocks;
        seen.weight_streams += count.weight_streams;
        seen.described_tables += count.described_tables;
      }
    }
  }
  EXPECT_GT(seen.huffman_blocks, 50U);
  EXPECT_GT(seen.weight_streams, 10U);
  EXPECT_GT(seen.described_tables, 50U);
}

TEST(ZstdEnd, TellsApartCandidatesOfTheSameSize) {
  const auto codec = make_codec("zstd:3");
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

// A frame of all its fields, written by hand.
TEST(ZstdFrame, ReadsEveryFieldOfTheHeader) {
  const Bytes frame = {0x28, 0xb5, 0x2f, 0xfd, 0x80 | 0x04 | 0x03, 0x52, 9, 9, 9, 9, 4, 3, 2, 1};
  const ZstdFrameHeader header = read_zstd_frame_header(frame);
  EXPECT_EQ(header.size, frame.size());
  EXPECT_TRUE(header.has_checksum);
  EXPECT_EQ(header.window_size, (std::uint64_t{1} << 20) + (std::uint64_t{1} << 18));
  EXPECT_EQ(header.content_size, 0x01020304U);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_THROW((void)read_zstd_frame_header(ByteView(frame).first(size)), Error);
  }
  const Bytes small = {0x28, 0xb5, 0x2f, 0xfd, 0x40 | 0x20, 1, 1};
  EXPECT_EQ(read_zstd_frame_header(small).content_size, 513U);
  EXPECT_EQ(read_zstd_frame_header(small).window_size, 513U);
}

TEST(ZstdFrame, TellsHowLongTheContentIs) {
  const auto codec = make_codec("zstd:3");
  for (const std::size_t size : {0, 255, 256, 65'535, 65'791, 65'792, 200'000}) {
    const Bytes frame = codec->compress(runs(size));
    EXPECT_EQ(read_zstd_frame_header(frame).content_size, size);
  }
}

TEST(ZstdEnd, IsTotal) {
  Rng rng(1);
  for (const std::size_t size : {30, 500, 5000}) {
    const Bytes frame = make_codec("zstd:9")->compress(text_like(size));
    for (int round = 0; round < 3000; ++round) {
      Bytes damaged = frame;
      for (std::uint64_t i = rng.next() % 4; i != 0; --i) {
        damaged[5 + rng.next() % (damaged.size() - 5)] = static_cast<Byte>(rng.next());
      }
      if (round % 3 == 0) damaged.resize(rng.next() % damaged.size());
      try {
        EXPECT_LE(zstd_padding(damaged), 8 * damaged.size());
      } catch (const Error&) {
        // as it may
      }
    }
  }
}

TEST(ZstdEnd, ThrowsForOtherBytes) {
  EXPECT_THROW((void)zstd_padding({}), Error);
  EXPECT_THROW((void)zstd_padding(text_like(100)), Error);
  const Bytes no_end = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, 0x2d, 0, 0, 0x20, 'a', 'b', 'c', 'd'};
  EXPECT_THROW((void)zstd_padding(no_end), Error) << "literals without sequences";
}

}  // namespace
}  // namespace zipdream
