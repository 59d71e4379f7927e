// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "media/audio/audio.h"
#include "tests/media/audio/tones.h"

namespace zipdream {
namespace {

constexpr Byte kMulawNegativeZero = 0x7f, kMulawZero = 0xff;

Bytes pcm(std::vector<float> samples, SampleFormat format) {
  return to_pcm({8000, std::move(samples)}, format);
}

TEST(ToPcm, GivesUnsignedBytesAroundOneHundredTwentyEight) {
  EXPECT_EQ(pcm({0, -1, 0.5, -0.5}, SampleFormat::kU8), (Bytes{128, 0, 192, 64}));
}

TEST(ToPcm, CutsSixteenBitsToTheirUpperEightAsThePaperDoes) {
  EXPECT_EQ(pcm({255 / 32768.0F, 256 / 32768.0F, -1 / 32768.0F}, SampleFormat::kU8),
            (Bytes{128, 129, 127}));
}

TEST(ToPcm, GivesLittleEndianWords) {
  EXPECT_EQ(pcm({1 / 32768.0F, -2 / 32768.0F}, SampleFormat::kS16), (Bytes{1, 0, 0xfe, 0xff}));
}

TEST(ToPcm, ClipsWhatIsTooLoudAndSilencesWhatIsNoNumber) {
  const float huge = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(pcm({1, 7, huge, -7, -huge, nan}, SampleFormat::kU8),
            (Bytes{255, 255, 255, 0, 0, 128}));
  EXPECT_EQ(pcm({huge, -7}, SampleFormat::kS16), (Bytes{0xff, 0x7f, 0x00, 0x80}));
  EXPECT_EQ(pcm({huge, nan, -7}, SampleFormat::kMulaw), pcm({1, 0, -1}, SampleFormat::kMulaw));
}

TEST(ToPcm, UndoesFromPcmForEveryByte) {
  const Bytes bytes = full_alphabet();
  EXPECT_EQ(to_pcm(from_pcm(bytes, SampleFormat::kU8, 8000), SampleFormat::kU8), bytes);
  EXPECT_EQ(to_pcm(from_pcm(bytes, SampleFormat::kS16, 8000), SampleFormat::kS16), bytes);
}

TEST(ToPcm, UndoesFromPcmForEveryMulawByteButNegativeZero) {
  Bytes bytes = full_alphabet();
  bytes[kMulawNegativeZero] = kMulawZero;
  const Audio audio = from_pcm(bytes, SampleFormat::kMulaw, 8000);
  EXPECT_EQ(to_pcm(audio, SampleFormat::kMulaw), bytes);
}

TEST(FromPcm, GivesSamplesFromMinusOneToOne) {
  const Audio audio = from_pcm(Bytes{0, 128, 192}, SampleFormat::kU8, 11025);
  EXPECT_EQ(audio.rate, 11025);
  EXPECT_EQ(audio.samples, (std::vector<float>{-1, 0, 0.5}));
  const Audio words = from_pcm(Bytes{0, 0x80, 0, 0x40}, SampleFormat::kS16, 8000);
  EXPECT_EQ(words.samples, (std::vector<float>{-1, 0.5}));
}

TEST(Pcm, OfNothingIsNothing) {
  for (const SampleFormat format : {SampleFormat::kU8, SampleFormat::kMulaw, SampleFormat::kS16}) {
    EXPECT_TRUE(pcm({}, format).empty());
    EXPECT_TRUE(from_pcm({}, format, 8000).samples.empty());
  }
}

TEST(Mulaw, SpendsItsBytesOnQuietSamples) {
  const Audio audio = from_pcm(full_alphabet(), SampleFormat::kMulaw, 8000);
  std::set<float> quiet;
  for (const float sample : audio.samples) {
    if (std::abs(sample) < 1.0F / 16) quiet.insert(sample);
  }
  EXPECT_GT(quiet.size(), 120U);
}

}  // namespace
}  // namespace zipdream
