// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "codecs/png/format.h"
#include "media/image/imaging.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kPrime = 1'000'003;  // just beyond the longest side

Image decoded(ByteView stream) { return imaging().decode(stream, std::size_t{1} << 30); }

bool has_length_chunk(ByteView stream) {
  return as_chars(stream).find("zdLn") != std::string_view::npos;
}

TEST(PngCodec, TakesTheTwoClosestFactorsForItsSides) {
  struct Case {
    std::size_t size;
    int width;
    int height;
  };
  for (const auto& [size, width, height] :
       {Case{1, 1, 1}, {2, 2, 1}, {12, 4, 3}, {36, 6, 6}, {2048, 64, 32}, {9973, 9973, 1}}) {
    const Bytes stream = make_codec("png")->compress(text_like(size));
    const Image image = decoded(stream);
    EXPECT_EQ(image.width, width) << size;
    EXPECT_EQ(image.height, height) << size;
    EXPECT_FALSE(has_length_chunk(stream)) << size;
  }
}

TEST(PngCodec, PadsWhatHasNoImageAndKeepsTheLength) {
  const auto codec = make_codec("png");
  for (const std::size_t size : {std::size_t{0}, kPrime, 2 * kPrime}) {
    const Bytes data = runs(size);
    const Bytes stream = codec->compress(data);
    EXPECT_TRUE(has_length_chunk(stream)) << size;
    EXPECT_EQ(codec->decompress(stream, size), data) << size;
    EXPECT_GT(decoded(stream).size_bytes(), size) << "other readers skip the chunk";
  }
  EXPECT_THROW((void)codec->decompress(codec->compress(runs(kPrime)), kPrime - 1), Error);
}

TEST(PngCodec, TakesTheLongestSideWithoutPadding) {
  const auto codec = make_codec("png");
  const Bytes data = runs(999'983);  // prime
  const Bytes stream = codec->compress(data);
  EXPECT_FALSE(has_length_chunk(stream));
  EXPECT_EQ(codec->decompress(stream, data.size()), data);
}

TEST(PngCodec, ReadsAGrayImageOfAnotherShape) {
  const Bytes pixels = text_like(60);
  const Bytes stream = imaging().encode_png({.width = 5, .height = 12, .pixels = pixels}, 6);
  EXPECT_EQ(make_codec("png")->decompress(stream, 60), pixels);
}

TEST(PngCodec, RefusesAnImageInColour) {
  const Image image{.width = 4, .height = 5, .channels = 3, .pixels = text_like(60)};
  EXPECT_THROW((void)make_codec("png")->decompress(imaging().encode_png(image, 6), 60), Error);
}

TEST(PngCodec, TakesAWidthAndChannels) {
  const Bytes data = text_like(600);
  const auto codec = make_codec("png:6,width=20,channels=3");
  const Bytes stream = codec->compress(data);
  const Image image = decoded(stream);
  EXPECT_EQ(image.width, 20);
  EXPECT_EQ(image.height, 10);
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, data);
  EXPECT_EQ(codec->decompress(stream, 600), data);
  EXPECT_FALSE(has_length_chunk(stream));
  EXPECT_EQ(decoded(make_codec("png:width=20")->compress(data)).height, 30);
}

TEST(PngCodec, CompletesTheLastRowWithTheOneAbove) {
  const auto codec = make_codec("png:9,width=10");
  for (const std::size_t size : {0, 1, 9, 10, 11, 25}) {
    const Bytes data = text_like(size);
    const Bytes stream = codec->compress(data);
    EXPECT_EQ(has_length_chunk(stream), size == 0 || size % 10 != 0);
    EXPECT_EQ(codec->decompress(stream, size), data);
    const Bytes pixels = decoded(stream).pixels;
    for (std::size_t i = size; i < pixels.size(); ++i) {
      EXPECT_EQ(pixels[i], i < 10 ? 0 : pixels[i - 10]);
    }
  }
}

TEST(PngCodec, RefusesALengthThatDoesNotFitTheImage) {
  const Bytes stream = make_codec("png:9,width=10")->compress(text_like(11));
  Bytes longer = stream;
  Bytes chunk;
  append_png_chunk(chunk, "zdLn", Bytes{0, 0, 0, 0, 0, 0, 0, 21});
  std::copy(chunk.begin(), chunk.end(), longer.begin() + kPngHeaderEnd);
  EXPECT_THROW((void)make_codec("png")->decompress(longer, 1000), Error);
}

TEST(PngOptions, AreThoseOfTheSpec) {
  const auto options = [](std::string_view spec) { return png_options(Spec::parse(spec)); };
  EXPECT_EQ(options("png").level, 9);
  EXPECT_EQ(options("png").width, 0U);
  EXPECT_EQ(options("png:5,width=640,channels=3").level, 5);
  EXPECT_EQ(options("png:5,width=640,channels=3").width, 640U);
  EXPECT_EQ(options("png:channels=3,width=7").channels, 3U);
  EXPECT_EQ(options("png").filters, PngFilters::kAll);
  EXPECT_EQ(options("png:6,filters=no-average").filters, PngFilters::kNoAverage);
  EXPECT_EQ(options("webp:6,width=7").filters, PngFilters::kAll);
}

TEST(PngOptions, ThatMakeNoSenseAreRefused) {
  for (const std::string options : {"10", "x", "9,", "9,width=0", "9,width=1000001", "9,width=",
                                    "9,width", "9,width=3,channels=2", "9,filters=paeth",
                                    "9,channels=3", "9,height=3", "9,8", "width=-1", "width=3,9"}) {
    EXPECT_THROW(static_cast<void>(make_codec("png:" + options)), Error) << options;
  }
}

}  // namespace
}  // namespace zipdream
