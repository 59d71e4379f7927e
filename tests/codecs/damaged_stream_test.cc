// SPDX-License-Identifier: Apache-2.0
// Decoders are total: whatever the bytes, decompress() returns at most max_size bytes or throws
// Error; a format with a checksum never returns wrong ones.
#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>

#include "tests/codecs/refusals.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/codecs/specs.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

class DamagedStream : public testing::TestWithParam<std::string> {
 protected:
  // Decompresses what may be damaged; `data` is what was in it.
  void expect_sound(ByteView stream, ByteView data, const std::string& what) const {
    const std::size_t max_size = 2 * data.size();
    try {
      const Bytes result = codec_->decompress(stream, max_size);
      EXPECT_LE(result.size(), max_size) << what;
      if (info_.detects_damage) {
        EXPECT_EQ(result, Bytes(data.begin(), data.end())) << what << " went unnoticed";
      }
    } catch (const Error& error) {
      expect_one_line(error, info_.name);
    }
  }

  void expect_error(ByteView stream, std::size_t max_size, const std::string& what) const {
    expect_refusal(*codec_, info_.name, stream, max_size, what);
  }

  bool is_stored() const { return info_.name == "stored"; }

  std::unique_ptr<Codec> codec_ = make_codec(GetParam());
  const ModelInfo& info_ = codec_info(GetParam());
};

TEST_P(DamagedStream, MayHaveAnyBitFlipped) {
  const Bytes data = text_like(900);
  Bytes stream = codec_->compress(data);
  for (std::size_t bit = 0; bit<8 * stream.size(); bit += stream.size()> 400 ? 3 : 1) {
    const Byte mask = static_cast<Byte>(1 << bit % 8);
    stream[bit / 8] ^= mask;
    expect_sound(stream, data, "a flip of bit " + std::to_string(bit));
    stream[bit / 8] ^= mask;
  }
}

TEST_P(DamagedStream, MayHaveBytesReplaced) {
  const Bytes data = copies(3000);
  const Bytes intact = codec_->compress(data);
  Rng rng(1);
  for (int round = 0; round < 300; ++round) {
    Bytes stream = intact;
    const std::size_t at = rng.next() % stream.size();
    const std::size_t count = std::min<std::size_t>(1 + rng.next() % 8, stream.size() - at);
    for (std::size_t i = 0; i < count; ++i) stream[at + i] = static_cast<Byte>(rng.next());
    expect_sound(stream, data, "new bytes at " + std::to_string(at));
  }
}

TEST_P(DamagedStream, IsAnErrorWhenItEndsTooEarly) {
  if (is_stored()) GTEST_SKIP() << "any stream is complete";
  for (const std::size_t data_size : {0, 1, 900}) {
    const Bytes stream = codec_->compress(text_like(data_size));
    for (std::size_t size = 0; size < stream.size(); ++size) {
      expect_error(ByteView(stream).first(size), 2000,
                   "a start of " + std::to_string(size) + " bytes");
    }
  }
}

TEST_P(DamagedStream, IsAnErrorWhenBytesFollow) {
  if (is_stored()) GTEST_SKIP() << "any stream is complete";
  const Bytes stream = codec_->compress(text_like(900));
  for (const std::size_t count : {1, 2, 3, 5, 100}) {
    const Bytes longer = concat(stream, random_bytes(count));
    expect_error(longer, 2000, std::to_string(count) + " bytes more");
    expect_error(longer, 900, std::to_string(count) + " bytes more, exact limit");
  }
}

TEST_P(DamagedStream, MayBeNoStreamAtAll) {
  for (int seed = 1; seed <= 200; ++seed) {
    const Bytes noise = random_bytes(static_cast<std::size_t>(seed), seed);
    try {
      EXPECT_LE(codec_->decompress(noise, 1000).size(), 1000U);
    } catch (const Error& error) {
      expect_one_line(error, info_.name);
    }
  }
}

TEST_P(DamagedStream, IsAnErrorAboveTheLimit) {
  for (const std::size_t size : {1, 2, 900, 65536, 70'000}) {
    const Bytes data = text_like(size);
    const Bytes stream = codec_->compress(data);
    expect_error(stream, size - 1, "one byte too many");
    expect_error(stream, 0, "anything");
    EXPECT_EQ(codec_->decompress(stream, size), data);
  }
}

TEST_P(DamagedStream, MayBeABombOfZeros) {
  const Bytes zeros(std::size_t{4} << 20);
  const Bytes stream = codec_->compress(zeros);
  expect_error(stream, 1000, "a bomb");
  EXPECT_EQ(codec_->decompress(stream, zeros.size()), zeros);
}

TEST_P(DamagedStream, MayMeetALimitThatIsNone) {
  const Bytes data = text_like(900);
  EXPECT_EQ(codec_->decompress(codec_->compress(data), SIZE_MAX), data);
}

INSTANTIATE_TEST_SUITE_P(Of, DamagedStream, testing::ValuesIn(specs_to_test()), test_name);

Bytes hex(std::string_view digits) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<Byte>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// Each would need gigabytes if its header were believed.
TEST(HugeClaims, AreNotBelieved) {
  // A .lzma with a dictionary of 4 GiB, an .lzma of 2^62 bytes, a zstd frame of 2^62 bytes, one
  // with a window of 1.75 TiB.
  EXPECT_THROW((void)make_codec("lzma")->decompress(hex("5dffffffff"
                                                        "ffffffffffffffff"
                                                        "0000000000"),
                                                    100),
               Error);
  EXPECT_THROW((void)make_codec("lzma")->decompress(hex("5d00000100"
                                                        "0000000000000040"
                                                        "0000000000"),
                                                    100),
               Error);
  EXPECT_THROW((void)make_codec("zstd")->decompress(hex("28b52ffd"
                                                        "e4"
                                                        "0000000000000040"
                                                        "010000"),
                                                    100),
               Error);
  EXPECT_THROW((void)make_codec("zstd")->decompress(hex("28b52ffd"
                                                        "04"
                                                        "ff"
                                                        "010000"),
                                                    100),
               Error);
}

constexpr std::size_t kHeader = 12;  // of a PNG: "IHDR", then width and height

TEST(HugeClaims, AreNotBelievedOfAnImage) {
  const auto codec = make_codec("png");
  Bytes stream = codec->compress(text_like(100));
  for (std::size_t i = 4; i < 12; i += 4) stream[kHeader + i] = 0x7f;
  const auto crc = crc32(0, stream.data() + kHeader, 17);
  for (int i = 0; i < 4; ++i) stream[kHeader + 17 + i] = static_cast<Byte>(crc >> (24 - 8 * i));
  EXPECT_THROW((void)codec->decompress(stream, 1000), Error);
}

}  // namespace
}  // namespace zipdream
