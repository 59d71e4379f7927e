// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "media/audio/audio.h"
#include "tests/media/audio/tones.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;
using namespace std::string_literals;

constexpr std::size_t kEnough = 1 << 20;
constexpr std::size_t kDataSize = 40;  // where the 44-byte header of a plain WAV file has the size

Bytes wav(ByteView pcm, SampleFormat format = SampleFormat::kU8, int rate = 8000) {
  return pack_pcm(pcm, format, rate, AudioContainer::kWav);
}

void set_word(Bytes& file, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) {
    file[at + i] = static_cast<Byte>(value >> (8 * i));
  }
}

auto throws_error(const std::string& part) {
  return ThrowsMessage<Error>(AllOf(HasSubstr(part), HasSubstr("; "), Not(HasSubstr("\n"))));
}

TEST(PackWav, KeepsTheBytesOfEveryFormat) {
  for (const SampleFormat format : {SampleFormat::kU8, SampleFormat::kMulaw, SampleFormat::kS16}) {
    const Bytes pcm = full_alphabet();
    const Bytes file = wav(pcm, format, 12345);
    EXPECT_THAT(std::string(as_chars(file)), HasSubstr(std::string(as_chars(pcm))));
    const Audio sound = decode_audio(file, kEnough);
    EXPECT_EQ(sound.rate, 12345);
    EXPECT_EQ(sound.samples, from_pcm(pcm, format, 12345).samples);
  }
}

TEST(PackWav, TakesNoSamplesAndOddNumbers) {
  EXPECT_TRUE(decode_audio(wav({}), kEnough).samples.empty());
  EXPECT_EQ(decode_audio(wav(Bytes{1, 2, 3}), kEnough).samples.size(), 3U);
}

TEST(DecodeSound, TakesFlacWithoutSamples) {
  const Bytes file = pack_pcm({}, SampleFormat::kU8, 8000, AudioContainer::kFlac);
  EXPECT_TRUE(decode_audio(file, kEnough).samples.empty());
}

TEST(DecodeSound, AveragesTheChannels) {
  Bytes file = wav(Bytes{128, 192, 0, 128, 64, 64});
  file[22] = 2;  // channels
  file[28] = static_cast<Byte>(file[28] * 2);
  file[32] = 2;  // bytes per frame
  EXPECT_EQ(decode_audio(file, kEnough).samples, (std::vector<float>{0.25, -0.5, -0.5}));
}

TEST(DecodeSound, RefusesWhatIsNoSound) {
  EXPECT_THAT([] { return decode_audio({}, kEnough); }, throws_error("no audio in a known format"));
  EXPECT_THAT([] { return decode_audio(as_bytes("hello"), kEnough); },
              throws_error("no audio in a known format"));
}

TEST(DecodeSound, NamesTheFramesThatATruncatedWavFileLacks) {
  const Bytes whole = wav(Bytes(1000, 7), SampleFormat::kS16);
  const ByteView file = ByteView(whole).first(whole.size() - 100);
  EXPECT_THAT([&] { return decode_audio(file, kEnough); },
              throws_error("450 of the 500 frames that its header promises"));
}

TEST(DecodeSound, RefusesEveryTruncationOfAWavFile) {
  const Bytes file = wav(varied_bytes(100));
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_THROW(static_cast<void>(decode_audio(ByteView(file).first(size), kEnough)), Error)
        << size;
  }
}

TEST(DecodeSound, AcceptsAWavFileThatCameThroughAPipe) {
  for (const std::uint32_t unknown : {0xffffffffU, 0x7ffff000U}) {
    Bytes file = wav(varied_bytes(100));
    set_word(file, 4, unknown);
    set_word(file, kDataSize, unknown);
    EXPECT_EQ(decode_audio(file, kEnough).samples.size(), 100U);
  }
}

TEST(DecodeSound, AcceptsChunksAroundTheSamples) {
  Bytes file = wav(Bytes{1, 2, 3, 4});
  const Bytes note = to_bytes("note\3\0\0\0abc\0"s);
  file.insert(file.begin() + 36, note.begin(), note.end());
  file.insert(file.end(), note.begin(), note.end());
  EXPECT_EQ(decode_audio(file, kEnough).samples.size(), 4U);
}

TEST(DecodeSound, RefusesEveryTruncationOfAFlacFile) {
  const Bytes file = pack_pcm(varied_bytes(6000), SampleFormat::kU8, 8000, AudioContainer::kFlac);
  for (std::size_t size = 0; size < file.size(); size += 7) {
    EXPECT_THROW(static_cast<void>(decode_audio(ByteView(file).first(size), kEnough)), Error)
        << size;
  }
}

// A header that promises fewer samples than there are is believed.
TEST(DecodeSound, NeverGivesWrongSamplesForAFlippedBitOfAFlacFile) {
  const Bytes pcm = varied_bytes(700);
  Bytes file = pack_pcm(pcm, SampleFormat::kU8, 8000, AudioContainer::kFlac);
  const std::vector<float> samples = from_pcm(pcm, SampleFormat::kU8, 8000).samples;
  for (std::size_t i = 0; i < file.size(); ++i) {
    file[i] ^= 0x10;
    try {
      const std::vector<float> decoded = decode_audio(file, kEnough).samples;
      ASSERT_LE(decoded.size(), samples.size()) << i;
      EXPECT_TRUE(std::equal(decoded.begin(), decoded.end(), samples.begin())) << i;
    } catch (const Error&) {
      // as good
    }
    file[i] ^= 0x10;
  }
}

TEST(DecodeSound, RefusesMoreSamplesThanItMayGive) {
  const Bytes file = wav(varied_bytes(100));
  EXPECT_EQ(decode_audio(file, 100).samples.size(), 100U);
  EXPECT_THAT([&] { return decode_audio(file, 99); }, throws_error("more than 99 samples"));
}

TEST(DecodeSound, RefusesSamplesThatAreNoNumbers) {
  Bytes file = wav(Bytes(8), SampleFormat::kS16);
  file[20] = 3;   // IEEE float
  file[32] = 4;   // bytes per frame
  file[34] = 32;  // bits per sample
  set_word(file, 48, 0x7fc00000);
  EXPECT_THAT([&] { return decode_audio(file, kEnough); },
              throws_error("sample 1 is not a number"));
}

TEST(DecodeSound, SurvivesEveryFlippedBitOfAWavFile) {
  Bytes file = wav(varied_bytes(50), SampleFormat::kS16);
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    file[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    try {
      EXPECT_LE(decode_audio(file, kEnough).samples.size(), file.size());
    } catch (const Error&) {
      // as good
    }
    file[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
  }
}

}  // namespace
}  // namespace zipdream
