// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.h"
#include "codecs/registry.h"
#include "imaging/imaging.h"
#include "tests/codecs/sample_bytes.h"

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

}  // namespace
}  // namespace zipdream
