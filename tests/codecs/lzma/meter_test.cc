// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/meter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

class LzmaMeterOf : public testing::TestWithParam<std::string> {
 protected:
  LzmaFormat format() const {
    return GetParam().starts_with("xz") ? LzmaFormat::kXz : LzmaFormat::kLzma;
  }
  std::unique_ptr<Codec> codec_ = make_codec(GetParam());
};

// The fraction is that of the last byte, so the whole bytes follow from it (but for the padding of
// .xz, which only makes the stream longer).
TEST_P(LzmaMeterOf, RoundsUpToTheSizeOfTheStream) {
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t size : {0, 1, 2, 10, 100, 1000, 10'000, 200'000}) {
      const Bytes data = kind.make(size, 3);
      const auto bytes = static_cast<double>(codec_->compress(data).size());
      const double rounded = std::ceil(codec_->bits(data, Units::kBits) / 8);
      EXPECT_LE(rounded, bytes) << kind.name << ' ' << size;
      EXPECT_GE(rounded, bytes - (format() == LzmaFormat::kXz ? 3 : 0)) << kind.name << ' ' << size;
    }
  }
}

// In some of these texts the range is 2^24 to the bit at the end: the least that asks for no
// further byte.
TEST(LzmaMeter, MeasuresAStreamWhoseLastByteIsFull) {
  const auto codec = make_codec("lzma:0");
  for (const auto& [size, seed] : {std::pair{75, 16181}, {63, 27959}, {73, 48489}}) {
    const Bytes data = copies(static_cast<std::size_t>(size), seed);
    EXPECT_EQ(8 * std::ceil(codec->bits(data, Units::kBits) / 8), codec->bits(data, Units::kBytes));
  }
}

TEST_P(LzmaMeterOf, TellsApartCandidatesOfTheSameSize) {
  const Bytes text = text_like(3000);
  std::set<double> bits;
  std::set<std::size_t> sizes;
  for (const Byte byte : full_alphabet()) {
    const Bytes data = concat(text, {&byte, 1});
    bits.insert(codec_->bits(data, Units::kBits));
    sizes.insert(codec_->compress(data).size());
  }
  EXPECT_GT(bits.size(), 10 * sizes.size());
}

// One meter for many streams gives what a new one gives for each.
TEST_P(LzmaMeterOf, DependsOnNoEarlierStream) {
  LzmaMeter meter(format());
  const Bytes text = text_like(260'000, 5);
  const Bytes noise = random_bytes(80'000, 5);
  for (const std::size_t size : {100, 30'000, 30'400, 20'000, 200'000, 50}) {
    for (const Bytes& tail : {Bytes{'a'}, Bytes{}, text_like(24, 6), noise, text_like(9000, 7)}) {
      const Bytes data = concat(ByteView(text).first(size), tail);
      const Bytes stream = codec_->compress(data);
      EXPECT_EQ(meter.bits(stream, data), LzmaMeter(format()).bits(stream, data)) << size;
    }
  }
}

TEST_P(LzmaMeterOf, ThrowsForOtherStreams) {
  const Bytes data = text_like(9000);
  const Bytes stream = codec_->compress(data);
  LzmaMeter meter(format());
  for (std::size_t size = 0; size < 200; ++size) {
    EXPECT_THROW((void)meter.bits(ByteView(stream).first(size), data), Error) << size;
  }
  for (int seed = 0; seed < 50; ++seed) {
    Bytes damaged = stream;
    damaged[20 + static_cast<std::size_t>(seed) * 7] ^= 0x41;
    try {
      (void)meter.bits(damaged, data);
    } catch (const Error&) {
      // as it should; some damage only says other data of the same size
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Codec, LzmaMeterOf, testing::Values("xz:0", "xz:6", "lzma:1"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, ':');
                           return name;
                         });

}  // namespace
}  // namespace zipdream
