// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "media/audio/audio.h"
#include "tests/media/audio/tones.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr std::size_t kEnough = 1 << 20;

Bytes pack(ByteView samples, int level = 5) {
  return pack_pcm(samples, SampleFormat::kU8, 16000, AudioContainer::kFlac, level);
}

std::optional<Bytes> try_unpack(ByteView file) {
  try {
    return unpack_flac_u8(file, kEnough);
  } catch (const Error&) {
    return std::nullopt;
  }
}

auto throws_error(const std::string& part) {
  return ThrowsMessage<Error>(AllOf(HasSubstr(part), HasSubstr("; "), Not(HasSubstr("\n"))));
}

// STREAMINFO begins after "fLaC" and a block header of 4 bytes; its last 16 bytes of 34 are the
// MD5, and the 36 bits before them the number of samples.
constexpr std::size_t kStreamInfo = 8, kLengths = kStreamInfo + 14, kMd5 = kStreamInfo + 18;

class PackFlac : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(AtLevel, PackFlac, testing::Range(0, 9));

TEST_P(PackFlac, IsUndoneByUnpack) {
  for (const std::size_t length : {0U, 1U, 2U, 15U, 256U, 4096U, 4097U, 20000U}) {
    const Bytes samples = varied_bytes(length);
    EXPECT_EQ(unpack_flac_u8(pack(samples, GetParam()), length), samples) << length;
  }
  EXPECT_EQ(unpack_flac_u8(pack(full_alphabet(), GetParam()), 256), full_alphabet());
}

TEST_P(PackFlac, WritesWhatTheFlacToolAccepts) {
  if (std::system("flac --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "flac is not installed";
  }
  const TemporaryFolder folder;
  const std::string path = folder / "audio.flac";
  for (const std::size_t length : {0U, 1U, 10000U}) {
    const Bytes file = pack(varied_bytes(length), GetParam());
    std::ofstream(path, std::ios::binary) << as_chars(file);
    EXPECT_EQ(std::system(("flac --test --silent " + path + " 2>/dev/null").c_str()), 0);
  }
}

TEST(PackFlac, StoresTheLengthAndTheMd5) {
  const Bytes file = pack(varied_bytes(0x1234));
  EXPECT_EQ(file[kLengths + 2], 0x12);
  EXPECT_EQ(file[kLengths + 3], 0x34);
  EXPECT_THAT(Bytes(file.begin() + kMd5, file.begin() + kMd5 + 16), testing::Contains(Not(0)));
}

TEST(PackFlac, IsSmallerAtHigherLevels) {
  const Bytes samples = to_pcm(tone(440, 16000, 20000), SampleFormat::kU8);
  EXPECT_LT(pack(samples, 8).size(), pack(samples, 0).size());
}

TEST(PackFlac, KeepsSixteenBitSamplesAndTheRate) {
  const Bytes pcm = to_pcm(tone(440, 22050, 3000), SampleFormat::kS16);
  const Bytes file = pack_pcm(pcm, SampleFormat::kS16, 22050, AudioContainer::kFlac);
  const Audio audio = decode_audio(file, kEnough);
  EXPECT_EQ(audio.rate, 22050);
  EXPECT_EQ(to_pcm(audio, SampleFormat::kS16), pcm);
}

TEST(PackFlac, RefusesRatesThatFlacCannotHold) {
  const auto pack_at = [](int rate) {
    return pack_pcm(Bytes{1, 2, 3}, SampleFormat::kU8, rate, AudioContainer::kFlac);
  };
  EXPECT_EQ(decode_audio(pack_at(655350), kEnough).rate, 655350);
  EXPECT_THAT([&] { return pack_at(2000000); }, throws_error("2000000 Hz"));
}

TEST(PackFlac, ExpandsMulawToSixteenBits) {
  const Bytes file = pack_pcm(full_alphabet(), SampleFormat::kMulaw, 8000, AudioContainer::kFlac);
  EXPECT_EQ(decode_audio(file, kEnough).samples,
            from_pcm(full_alphabet(), SampleFormat::kMulaw, 8000).samples);
}

TEST(UnpackFlac, NeverGivesWrongSamplesForAFlippedBit) {
  const Bytes samples = varied_bytes(700);
  Bytes file = pack(samples);
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      file[i] ^= static_cast<Byte>(1 << bit);
      if (const auto unpacked = try_unpack(file)) {
        EXPECT_EQ(*unpacked, samples) << i;
      }
      file[i] ^= static_cast<Byte>(1 << bit);
    }
  }
}

TEST(UnpackFlac, RefusesEveryTruncation) {
  const Bytes file = pack(varied_bytes(5000));
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(try_unpack(ByteView(file).first(size))) << size;
  }
}

TEST(UnpackFlac, RefusesAWrongMd5) {
  Bytes file = pack(varied_bytes(100));
  file[kMd5] ^= 1;
  EXPECT_THAT([&] { return unpack_flac_u8(file, kEnough); }, throws_error("MD5"));
  std::fill_n(file.begin() + kMd5, 16, Byte{0});  // "not known"
  EXPECT_THAT([&] { return unpack_flac_u8(file, kEnough); }, throws_error("MD5"));
}

TEST(UnpackFlac, RefusesTrailingBytes) {
  for (const std::size_t length : {0U, 100U}) {
    for (int trailing = 0; trailing < 256; ++trailing) {
      Bytes file = pack(varied_bytes(length));
      file.push_back(static_cast<Byte>(trailing));
      EXPECT_FALSE(try_unpack(file)) << trailing;
    }
  }
}

TEST(UnpackFlac, RefusesMoreSamplesThanItMayGive) {
  const Bytes file = pack(varied_bytes(100));
  EXPECT_EQ(unpack_flac_u8(file, 100).size(), 100U);
  EXPECT_THAT([&] { return unpack_flac_u8(file, 99); }, throws_error("more than 99 samples"));
}

TEST(UnpackFlac, RefusesMoreFramesThanItMayGiveWhateverTheHeaderSays) {
  Bytes file = pack(varied_bytes(10000));
  std::fill_n(file.begin() + kLengths, 4, Byte{0});  // "length not known"
  file[kLengths - 1] &= 0xf0;
  EXPECT_THAT([&] { return unpack_flac_u8(file, 9999); }, throws_error("more than 9999 samples"));
}

TEST(UnpackFlac, RefusesWhatIsNotEightBitMono) {
  const Bytes words = pack_pcm(full_alphabet(), SampleFormat::kS16, 16000, AudioContainer::kFlac);
  EXPECT_THAT([&] { return unpack_flac_u8(words, kEnough); }, throws_error("not 8-bit mono"));
  EXPECT_THAT([] { return unpack_flac_u8(as_bytes("hello"), kEnough); }, throws_error("flac: "));
  EXPECT_THAT([] { return unpack_flac_u8({}, kEnough); }, throws_error("flac: "));
}

TEST(UnpackFlac, FindsASoundWithoutSamplesCutInsideItsMetadata) {
  const Bytes file = pack_pcm({}, SampleFormat::kU8, 16000, AudioContainer::kFlac);
  EXPECT_TRUE(unpack_flac_u8(file, 100).empty());
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_THROW((void)unpack_flac_u8(ByteView(file).first(size), 100), Error) << size;
  }
}

}  // namespace
}  // namespace zipdream
