// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "media/image/imaging.h"
#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr int kRate = 8000;

// A WAV file of `seconds` of a 500 Hz tone at 8 kHz.
Bytes tone(double seconds) {
  Audio sound{kRate, {}};
  for (int i = 0; i < seconds * kRate; ++i) {
    sound.samples.push_back(static_cast<float>(0.5 * std::sin(i * 2 * M_PI * 500 / kRate)));
  }
  return pack_pcm(to_pcm(sound, SampleFormat::kS16), SampleFormat::kS16, kRate,
                  AudioContainer::kWav);
}

// The same beside silence.
Bytes tone_on_the_left(double seconds) {
  const Audio mono = decode_audio(tone(seconds), 1 << 20);
  Audio sound{kRate, {}, 2};
  for (const float sample : mono.samples) sound.samples.insert(sound.samples.end(), {sample, 0});
  return pack_pcm(to_pcm(sound, SampleFormat::kS16), SampleFormat::kS16, kRate,
                  AudioContainer::kWav, 5, 2);
}

TEST(AudioJob, KeepsTwoChannelsWhereAsked) {
  const Bytes file = tone_on_the_left(0.5);
  for (const SampleFormat format : {SampleFormat::kU8, SampleFormat::kMulaw, SampleFormat::kS16}) {
    const AudioOptions options = {.rate = kRate,
                                  .format = format,
                                  .channels = Channels::kStereo,
                                  .prompt_seconds = 0.25,
                                  .seconds = 0.125};
    const auto job = make_audio_job(file, options);
    const std::size_t frame = 2 * bytes_per_sample(format);
    EXPECT_EQ(job->sequences()[0].prompt.size(), 2000 * frame);
    EXPECT_EQ(job->sequences()[0].count, 1000 * frame);
    ASSERT_EQ(job->reference().size(), 1U);
    EXPECT_EQ(job->samples()->channels, 2U);
    const Audio whole =
        decode_audio(job->file(job->reference(), "x.flac"), 1 << 20, Channels::kStereo);
    ASSERT_EQ(whole.frames(), 3000U);
    for (std::size_t i = 0; i < whole.frames(); ++i) {
      EXPECT_NEAR(whole.samples[2 * i],
                  0.5 * std::sin(static_cast<double>(i) * 2 * M_PI * 500 / kRate), 0.03);
      EXPECT_NEAR(whole.samples[2 * i + 1], 0, 0.01);
    }
    EXPECT_FALSE(job->view(job->reference()).empty());
  }
}

TEST(AudioJob, AveragesChannelsUnlessAsked) {
  const auto job = make_audio_job(tone_on_the_left(0.5), {.rate = kRate});
  EXPECT_EQ(job->sequences()[0].prompt.size(), 4000U);
  EXPECT_EQ(job->samples()->channels, 1U);
}

TEST(AudioJob, RefusesToMakeStereoOfMono) {
  EXPECT_THAT([] { (void)make_audio_job(tone(0.1), {.channels = Channels::kStereo}); },
              ThrowsMessage<Error>(HasSubstr("1 channel, not two")));
}

TEST(AudioJob, ResamplesEachChannel) {
  const auto job =
      make_audio_job(tone_on_the_left(0.5), {.rate = 16000, .channels = Channels::kStereo});
  const Bytes& prompt = job->sequences()[0].prompt;
  ASSERT_EQ(prompt.size(), 16000U);
  double loudness[2] = {};
  for (std::size_t i = 0; i < prompt.size(); ++i) loudness[i % 2] += std::abs(prompt[i] - 128);
  EXPECT_GT(loudness[0], 20 * 8000);
  EXPECT_LT(loudness[1], 8000);
}

TEST(AudioJob, GivesAllOfTheSoundUnlessToldHowMuch) {
  const auto all = make_audio_job(tone(0.5), {.rate = kRate, .seconds = 0.25});
  EXPECT_EQ(all->sequences()[0].prompt.size(), 4000U);
  EXPECT_EQ(all->sequences()[0].count, 2000U);
  const auto part = make_audio_job(tone(0.5), {.rate = kRate, .prompt_seconds = 0.125});
  EXPECT_EQ(part->sequences()[0].prompt.size(), 1000U);
}

TEST(AudioJob, KnowsTheTruthAsFarAsTheFileGoes) {
  const auto reference = [](const AudioOptions& options) {
    const auto job = make_audio_job(tone(0.5), options);
    return std::vector<Bytes>(job->reference().begin(), job->reference().end());
  };
  EXPECT_TRUE(reference({.rate = kRate, .seconds = 0.25}).empty()) << "all is prompt";
  const auto all = make_audio_job(tone(0.5), {.rate = kRate, .format = SampleFormat::kS16});
  const Bytes& pcm = all->sequences()[0].prompt;
  const auto part = reference(
      {.rate = kRate, .format = SampleFormat::kS16, .prompt_seconds = 0.25, .seconds = 0.125});
  ASSERT_EQ(part.size(), 1U);
  EXPECT_EQ(part[0], Bytes(pcm.begin() + 4000, pcm.begin() + 6000));
  const auto short_part = reference({.rate = kRate, .prompt_seconds = 0.375, .seconds = 1});
  EXPECT_EQ(short_part[0].size(), 1000U);
}

TEST(AudioJob, TakesTwoBytesForEachSampleOf16Bits) {
  const auto job =
      make_audio_job(tone(0.5), {.rate = kRate, .format = SampleFormat::kS16, .seconds = 0.25});
  EXPECT_EQ(job->sequences()[0].prompt.size(), 8000U);
  EXPECT_EQ(job->sequences()[0].count, 4000U);
}

TEST(AudioJob, Resamples) {
  const auto job = make_audio_job(tone(0.5), {.rate = 16000});
  EXPECT_EQ(job->sequences()[0].prompt.size(), 8000U);
}

TEST(AudioJob, WritesPromptAndContinuationInEveryFormatAndContainer) {
  for (const SampleFormat format : {SampleFormat::kU8, SampleFormat::kMulaw, SampleFormat::kS16}) {
    for (const char* name : {"x.wav", "x.flac"}) {
      const auto job = make_audio_job(tone(0.1), {.rate = kRate, .format = format, .seconds = 0.1});
      const std::vector<Bytes> continuations = {job->sequences()[0].prompt};
      const Audio sound = decode_audio(job->file(continuations, name), 1 << 20);
      ASSERT_EQ(sound.samples.size(), 1600U) << name;
      EXPECT_EQ(sound.rate, kRate);
      for (std::size_t i = 0; i < 800; ++i) {
        EXPECT_EQ(sound.samples[i], sound.samples[i + 800]);
        EXPECT_NEAR(sound.samples[i],
                    0.5 * std::sin(static_cast<double>(i) * 2 * M_PI * 500 / kRate), 0.03);
      }
    }
  }
}

TEST(AudioJob, DropsHalfASampleOfAnInterruptedContinuation) {
  const auto job =
      make_audio_job(tone(0.1), {.rate = kRate, .format = SampleFormat::kS16, .seconds = 0.1});
  const std::vector<Bytes> continuations = {{1, 2, 3}};
  EXPECT_EQ(decode_audio(job->file(continuations, "-"), 1 << 20).samples.size(), 801U);
}

TEST(AudioJob, DrawsASpectrogram) {
  const auto job = make_audio_job(tone(0.5), {.rate = kRate, .seconds = 0.1});
  const std::vector<Bytes> continuations = {Bytes(800, 128)};
  const Image view = imaging().decode(job->view(continuations), 1 << 26);
  EXPECT_GT(view.width, 300);
  EXPECT_GT(view.height, 200);
}

TEST(AudioJob, PrimesWithAllOfTheSound) {
  EXPECT_EQ(audio_bytes(tone(0.5), {.rate = kRate, .prompt_seconds = 0.1}).bytes.size(), 4000U);
}

TEST(AudioJob, RefusesOptionsOutOfRange) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const auto make = [](AudioOptions options) {
    return [=] { (void)make_audio_job(tone(0.5), options); };
  };
  EXPECT_THAT(make({.rate = 0}), ThrowsMessage<Error>(HasSubstr("rate 0: ")));
  EXPECT_THAT(make({.seconds = 0}), ThrowsMessage<Error>(HasSubstr("seconds ")));
  EXPECT_THAT(make({.seconds = 1e9}), ThrowsMessage<Error>(HasSubstr("seconds ")));
  EXPECT_THAT(make({.seconds = kNan}), ThrowsMessage<Error>(HasSubstr("seconds ")));
  EXPECT_THAT(make({.prompt_seconds = -1}), ThrowsMessage<Error>(HasSubstr("prompt_seconds -1: ")));
  EXPECT_THAT(make({.prompt_seconds = 3}), ThrowsMessage<Error>(HasSubstr("0.500 s long")));
}

TEST(AudioJob, WritesOnlyWavAndFlac) {
  const auto job = make_audio_job(tone(0.5), {});
  EXPECT_THAT([&] { job->check_output_name("out.mp3"); },
              ThrowsMessage<Error>(HasSubstr(".wav or .flac")));
}

}  // namespace
}  // namespace zipdream
