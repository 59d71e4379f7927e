// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "media/image/imaging.h"
#include "tests/media/image/pictures.h"

namespace zipdream {
namespace {

TEST(ToGray, IsTheRoundedMean) {
  const Image image = sample_image(257, 200, 3);
  const Image gray = imaging().to_gray(image);
  ASSERT_EQ(gray.channels, 1);
  ASSERT_EQ(gray.pixels.size(), 257U * 200U);
  for (std::size_t i = 0; i < gray.pixels.size(); ++i) {
    const Byte* rgb = &image.pixels[3 * i];
    ASSERT_EQ(gray.pixels[i], (rgb[0] + rgb[1] + rgb[2] + 1) / 3) << i;
  }
}

TEST(ToGray, ReturnsAGrayImageAsItIs) {
  const Image image = sample_image(5, 4, 1);
  EXPECT_EQ(imaging().to_gray(image).pixels, image.pixels);
}

TEST(ToRgb, RepeatsGrayInAllChannels) {
  const Image image = imaging().to_rgb({2, 1, 1, {7, 9}});
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, (Bytes{7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(imaging().to_rgb(image).pixels, image.pixels);
}

TEST(Resize, AveragesAreasWhenItShrinks) {
  const Image image = imaging().resize({4, 2, 1, {0, 10, 100, 110, 20, 30, 120, 130}}, 2, 1);
  EXPECT_EQ(image.pixels, (Bytes{15, 115}));
}

TEST(Resize, InterpolatesWhenItGrows) {
  const Image image = imaging().resize({2, 1, 1, {0, 100}}, 4, 1);
  EXPECT_EQ(image.pixels, (Bytes{0, 25, 75, 100}));
}

TEST(Resize, KeepsAnImageOfTheSameSize) {
  const Image image = sample_image(9, 7, 3);
  EXPECT_EQ(imaging().resize(image, 9, 7).pixels, image.pixels);
}

}  // namespace
}  // namespace zipdream
