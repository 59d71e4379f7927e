// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "media/image/imaging.h"
#include "tests/media/image/pictures.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;
using namespace std::string_literals;

constexpr std::size_t kEnough = std::size_t{1} << 20;

Image decode(ByteView file) { return imaging().decode(file, kEnough); }

// The image, or nothing if decode() threw an Error; anything else that it throws fails the test.
std::optional<Image> try_decode(ByteView file) {
  try {
    return decode(file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Bytes prefix(const Bytes& file, std::size_t size) {
  return {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)};
}

auto throws_error(const std::string& part) {
  return ThrowsMessage<Error>(AllOf(HasSubstr(part), HasSubstr("; "), Not(HasSubstr("\n"))));
}

TEST(EncodePng, IsUndoneByDecode) {
  for (const int channels : {1, 3}) {
    for (const int level : {0, 1, 6, 9}) {
      const Image image = sample_image(37, 23, channels);
      const Image again = decode(imaging().encode_png(image, level));
      EXPECT_EQ(again.width, 37);
      EXPECT_EQ(again.height, 23);
      EXPECT_EQ(again.channels, channels);
      EXPECT_EQ(again.pixels, image.pixels);
    }
  }
}

TEST(EncodePng, TakesTheLongestSidesThatPngHas) {
  const Image row = sample_image(1000000, 1, 1);
  EXPECT_EQ(decode(imaging().encode_png(row, 1)).pixels, row.pixels);
  const Image column = sample_image(1, 1000000, 1);
  EXPECT_EQ(decode(imaging().encode_png(column, 1)).pixels, column.pixels);
}

TEST(EncodePng, WritesSmallerFilesAtHigherLevels) {
  Image image = sample_image(200, 200, 1);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<Byte>(i * i / 500 % 40);
  }
  EXPECT_LT(imaging().encode_png(image, 9).size(), imaging().encode_png(image, 1).size());
  EXPECT_LT(imaging().encode_png(image, 1).size(), imaging().encode_png(image, 0).size());
}

TEST(Decode, DropsAlpha) {
  const Image image = decode(png_file({.width = 1, .height = 1, .color_type = 6}, "\0\1\2\3\4"s));
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, (Bytes{1, 2, 3}));
}

TEST(Decode, LooksUpPalettes) {
  const Bytes file = png_file({.width = 2, .height = 1, .color_type = 3}, "\0\1\0"s,
                              png_chunk("PLTE", "\1\2\3\11\12\13"));
  EXPECT_EQ(decode(file).pixels, (Bytes{9, 10, 11, 1, 2, 3}));
}

TEST(Decode, ScalesSixteenBitsToEight) {
  const Bytes file = png_file({.width = 2, .height = 1, .depth = 16}, "\0\xff\xff\x12\x34"s);
  EXPECT_EQ(decode(file).pixels, (Bytes{255, 0x12}));
}

TEST(Decode, ScalesOneBitToEight) {
  const Bytes file = png_file({.width = 3, .height = 1, .depth = 1}, "\0\xa0"s);
  EXPECT_EQ(decode(file).pixels, (Bytes{255, 0, 255}));
}

TEST(Decode, ReadsPortableMaps) {
  const Image gray = decode(as_bytes("P5 2 1 255\nab"));
  EXPECT_EQ(gray.channels, 1);
  EXPECT_EQ(gray.pixels, to_bytes("ab"));
  EXPECT_EQ(decode(as_bytes("P6 1 1 255\nabc")).pixels, to_bytes("abc"));
}

TEST(Decode, ReadsJpegAsRgb) {
  const Image image = decode(ramp_jpeg());
  ASSERT_EQ(image.width, 24);
  ASSERT_EQ(image.height, 16);
  ASSERT_EQ(image.channels, 3);
  EXPECT_GT(image.pixels[0], 230);  // red at the top
  EXPECT_LT(image.pixels[1], 45);   // green at the left
  EXPECT_LT(image.pixels[15 * image.row_bytes()], 100);
  EXPECT_GT(image.pixels[image.row_bytes() - 2], 110);
}

TEST(Decode, ReadsProgressiveGrayJpeg) {
  const Image image = decode(progressive_gray_jpeg());
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.size_bytes(), 24U * 16U);
}

TEST(Decode, TurnsPhotosAsTheirExifOrientationSays) {
  const Image upright = decode(ramp_jpeg());
  EXPECT_EQ(decode(turned_jpeg(1)).pixels, upright.pixels);
  const Image turned = decode(turned_jpeg(6));  // a quarter turn clockwise
  ASSERT_EQ(turned.width, 16);
  ASSERT_EQ(turned.height, 24);
  EXPECT_EQ(turned.pixels[turned.row_bytes() - 3], upright.pixels[0]);
}

TEST(Decode, RefusesWhatIsNoImage) {
  EXPECT_THAT([] { decode({}); }, throws_error("no image in a known format"));
  EXPECT_THAT([] { decode(as_bytes("hello")); }, throws_error("no image in a known format"));
  EXPECT_THAT([] { decode(as_bytes("\xff\xd8\xff")); }, throws_error("truncated JPEG"));
  EXPECT_THAT([] { decode(as_bytes("\x89PNG\r\n\x1a\n")); }, throws_error("truncated PNG"));
}

TEST(Decode, NamesTheDamage) {
  Bytes file = imaging().encode_png(sample_image(16, 16, 1), 6);
  file[file.size() - 20] ^= 1;
  EXPECT_THAT([&] { decode(file); }, throws_error("damaged image file (IDAT"));
}

TEST(Decode, RefusesEveryTruncationOfAPng) {
  const Bytes file = imaging().encode_png(sample_image(16, 12, 3), 6);
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(try_decode(prefix(file, size))) << size;
  }
}

TEST(Decode, NeverGivesWrongPixelsForAPngWithAFlippedBit) {
  const Image image = sample_image(16, 12, 1);
  Bytes file = imaging().encode_png(image, 6);
  for (std::size_t i = 0; i < file.size(); ++i) {
    file[i] ^= 0x20;
    if (const auto decoded = try_decode(file)) {
      EXPECT_EQ(decoded->pixels, image.pixels) << i;
    }
    file[i] ^= 0x20;
  }
}

// OpenCV gives an image that is gray from the break downwards.
TEST(Decode, RefusesEveryTruncationOfAJpeg) {
  for (const Bytes& file : {ramp_jpeg(), turned_jpeg(6), progressive_gray_jpeg()}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_FALSE(try_decode(prefix(file, size))) << size;
    }
  }
}

TEST(Decode, SurvivesEveryFlippedBitOfAJpeg) {
  for (Bytes file : {ramp_jpeg(), turned_jpeg(6), progressive_gray_jpeg()}) {
    for (std::size_t i = 0; i < file.size(); ++i) {
      file[i] ^= 0x04;
      static_cast<void>(try_decode(file));
      file[i] ^= 0x04;
    }
  }
}

TEST(Decode, AcceptsAJpegWithBytesAfterItsEnd) {
  Bytes file = ramp_jpeg();
  file.insert(file.end(), 100, Byte{7});
  EXPECT_EQ(decode(file).pixels, decode(ramp_jpeg()).pixels);
}

TEST(Decode, RefusesMorePixelsThanItMayBeforeAllocatingThem) {
  // These headers promise gigabytes; there is no data to decode.
  const Bytes png = png_file({.width = 1000000, .height = 1000000, .color_type = 2}, "");
  EXPECT_THAT([&] { decode(png); }, throws_error("1000000 x 1000000 pixels"));
  Bytes jpeg = ramp_jpeg();
  const auto frame = std::string(as_chars(jpeg)).find("\xff\xc0");
  std::fill_n(jpeg.begin() + static_cast<std::ptrdiff_t>(frame) + 5, 4, Byte{0xff});
  EXPECT_THAT([&] { decode(jpeg); }, throws_error("65535 x 65535 pixels"));
}

TEST(Decode, CountsTheBytesOfTheImageThatItReturns) {
  const Bytes gray = imaging().encode_png(sample_image(10, 10, 1), 6);
  EXPECT_EQ(imaging().decode(gray, 100).pixels.size(), 100U);
  EXPECT_THAT([&] { return imaging().decode(gray, 99); }, throws_error("too large"));
  const Bytes color = imaging().encode_png(sample_image(10, 10, 3), 6);
  EXPECT_EQ(imaging().decode(color, 300).pixels.size(), 300U);
  EXPECT_THAT([&] { return imaging().decode(color, 299); }, throws_error("too large"));
  EXPECT_THAT([] { return imaging().decode(as_bytes("P5 2 1 255\nab"), 1); },
              throws_error("too large"));
}

TEST(Decode, PrintsNothingAboutBrokenFiles) {
  Bytes png = imaging().encode_png(sample_image(16, 16, 1), 6);
  png[png.size() - 20] ^= 1;
  const Bytes bad_profile = png_file({}, "\0\0"s, png_chunk("iCCP", "x"));
  Bytes jpeg = ramp_jpeg();
  jpeg[jpeg.size() - 20] ^= 0x55;
  std::streambuf* const shown = std::cerr.rdbuf(nullptr);  // as a client may (imaging.h)
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (const Bytes& file : {png, bad_profile, jpeg, to_bytes("P5 99 99 255\nab"),
                            to_bytes("BM" + std::string(60, '\1')),
                            to_bytes("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 9 +X 9\n")}) {
    static_cast<void>(try_decode(file));
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  std::cerr.rdbuf(shown);
}

TEST(Decode, LeavesStandardErrorToTheProgram) {
  Bytes png = imaging().encode_png(sample_image(16, 16, 1), 6);
  png[png.size() - 20] ^= 1;
  Bytes jpeg = ramp_jpeg();
  jpeg[jpeg.size() - 20] ^= 0x55;
  testing::internal::CaptureStderr();
  for (const Bytes& file : {png, jpeg}) static_cast<void>(try_decode(file));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, FindsDamageWithinAJpeg) {
  Bytes jpeg = ramp_jpeg();
  std::fill(jpeg.end() - 40, jpeg.end() - 2, Byte{0});
  EXPECT_THAT([&] { decode(jpeg); }, throws_error("damaged image file ("));
}

TEST(Decode, WorksInManyThreadsAtOnce) {
  const Image image = sample_image(40, 30, 3);
  const Bytes whole = imaging().encode_png(image, 6);
  const Bytes half = prefix(whole, whole.size() / 2);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 50; ++repeat) {
        EXPECT_EQ(decode(whole).pixels, image.pixels);
        EXPECT_FALSE(try_decode(half));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Decode, StartsNoThreads) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  };
  // What the command says before anything is loaded; a library changes no environment.
  ASSERT_EQ(setenv("OPENBLAS_NUM_THREADS", "1", 1), 0);
  const auto before = threads();
  const Image image = imaging().resize(decode(ramp_jpeg()), 3000, 3000);
  static_cast<void>(imaging().to_gray(imaging().resize(image, 100, 100)));
  EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace zipdream
