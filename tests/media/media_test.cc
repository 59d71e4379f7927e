// SPDX-License-Identifier: Apache-2.0
#include "media/media.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(MediaOf, KnowsImagesByTheirMagic) {
  for (const auto start : {"\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff\xe0"sv, "P5\n64 48\n255\n"sv,
                           "P6 # x\n2 2\n255\n"sv, "RIFF\x10\0\0\0WEBPVP8L"sv, "II*\0...."sv}) {
    EXPECT_EQ(media_of(as_bytes(start), "x"), Media::kImage) << start;
  }
}

TEST(MediaOf, KnowsSoundsByTheirMagic) {
  for (const auto start :
       {"RIFF\x10\0\0\0WAVEfmt "sv, "fLaC\0"sv, "OggS\0"sv, "ID3\3\0"sv, "FORM\0\0\1\0AIFF"sv}) {
    EXPECT_EQ(media_of(as_bytes(start), "x"), Media::kAudio) << start;
  }
}

TEST(MediaOf, TakesEverythingElseForText) {
  for (const auto start : {""sv, "To be"sv, "R"sv, "RIFF"sv, "P5"sv, "P7 is a title"sv, "BMW"sv,
                           "caffeine"sv, "ID3 tags"sv, ".snd"sv, "\0\0\0"sv}) {
    EXPECT_EQ(media_of(as_bytes(start), "x"), Media::kText) << start;
  }
}

TEST(MediaOf, RefusesWhatItKnowsAndCannotRead) {
  const auto refused = [](std::string_view start) {
    return [start] { return media_of(as_bytes(start), "dir/x"); };
  };
  EXPECT_THAT(
      refused("GIF89a\1\0"sv),
      ThrowsMessage<Error>("dir/x: is a GIF image, which is not read; convert it to PNG, or "
                           "take its bytes with `media` bytes"));
  EXPECT_THAT(refused("\x1f\x8b\x08"sv),
              ThrowsMessage<Error>(HasSubstr("is a gzip stream, and no text, image or audio; ")));
}

TEST(OutputName, TakesTheEndingInAnyCase) {
  EXPECT_EQ(ending_of("a/b.FLAC", {"wav", "flac"}, "a sound"), "flac");
}

TEST(OutputName, DefaultsToTheFirstEnding) {
  EXPECT_EQ(ending_of("-", {"wav", "flac"}, "a sound"), "wav");
  EXPECT_EQ(ending_of("name", {"wav", "flac"}, "a sound"), "wav");
}

TEST(OutputName, RefusesAnotherEndingAndNamesTheRightOnes) {
  EXPECT_THAT(
      [] {
        (void)ending_of("a.mp3", {"wav", "flac"}, "a sound");
      },
      ThrowsMessage<Error>(HasSubstr(".wav or .flac")));
}

}  // namespace
}  // namespace zipdream
