// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "media/audio/audio.h"
#include "tests/media/audio/tones.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Resample, GivesExactlyTheRoundedLength) {
  for (const int from : {8000, 11025, 16000, 44100, 48000}) {
    for (const int to : {8000, 11025, 16000, 44100}) {
      for (const std::size_t length : {1U, 2U, 3U, 7U, 100U, 4097U}) {
        const Audio sound = resample(tone(440, from, length), to);
        EXPECT_EQ(sound.rate, to);
        EXPECT_EQ(sound.samples.size(),
                  static_cast<std::size_t>(std::llround(static_cast<double>(length) * to / from)));
      }
    }
  }
}

TEST(Resample, KeepsTonesInPlace) {
  const Audio expected = tone(440, 16000, 16000);
  const Audio sound = resample(tone(440, 44100, 44100), 16000);
  ASSERT_EQ(sound.samples.size(), expected.samples.size());
  for (std::size_t i = 200; i + 200 < sound.samples.size(); ++i) {
    ASSERT_NEAR(sound.samples[i], expected.samples[i], 1e-3) << i;
  }
}

TEST(Resample, FillsTheEndOfTheSound) {
  const Audio sound = resample({48000, std::vector<float>(48000, 0.5F)}, 16000);
  EXPECT_GT(sound.samples.back(), 0.2F);
}

TEST(Resample, RemovesTonesThatTheNewRateCannotHold) {
  const Audio sound = resample(tone(7000, 44100, 44100), 8000);
  for (std::size_t i = 200; i + 200 < sound.samples.size(); ++i) {
    ASSERT_NEAR(sound.samples[i], 0, 1e-3) << i;
  }
}

TEST(Resample, ReturnsASoundOfTheSameRateUnchanged) {
  const Audio sound = tone(440, 16000, 1000);
  EXPECT_EQ(resample(sound, 16000).samples, sound.samples);
}

TEST(Resample, TakesNothing) {
  const Audio sound = resample({44100, {}}, 8000);
  EXPECT_EQ(sound.rate, 8000);
  EXPECT_TRUE(sound.samples.empty());
}

TEST(Resample, GivesTheSameSamplesEachTime) {
  const Audio sound = tone(440, 44100, 30000);
  EXPECT_EQ(resample(sound, 16000).samples, resample(sound, 16000).samples);
}

TEST(Resample, RefusesRatesTooFarApart) {
  EXPECT_THAT([] { return resample(tone(1, 100, 10), 96000); },
              ThrowsMessage<Error>(HasSubstr("96000 Hz: more than 256 times apart; ")));
}

}  // namespace
}  // namespace zipdream
