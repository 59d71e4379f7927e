// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "media/image/imaging.h"
#include "tests/media/image/pictures.h"

namespace zipdream {
namespace {

using Rgb = std::array<Byte, 3>;
constexpr Rgb kBlue = {0, 114, 178};
constexpr Rgb kOrange = {224, 112, 0};

Rgb pixel(const Image& image, int x, int y) {
  const std::size_t at = static_cast<std::size_t>(y) * image.row_bytes() + 3U * x;
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

// All columns in which the colour stands.
std::vector<int> columns_of(const Image& image, Rgb color) {
  std::set<int> columns;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (pixel(image, x, y) == color) columns.insert(x);
    }
  }
  return {columns.begin(), columns.end()};
}

TEST(DrawParts, ShowsEveryPixelEnlarged) {
  const Image image = sample_image(8, 8, 1);
  const Image drawn = imaging().draw_parts(image, {0, 0, 4, 8}, {4, 0, 4, 8});
  ASSERT_EQ(drawn.channels, 3);
  const std::size_t scale = 1000 / 8;
  for (const Byte gray : image.pixels) {
    const Rgb color = {gray, gray, gray};
    std::size_t count = 0;
    for (std::size_t i = 0; i < drawn.pixels.size(); i += 3) {
      count += std::equal(color.begin(), color.end(), drawn.pixels.begin() + i);
    }
    ASSERT_GE(count, scale * scale) << int{gray};
  }
}

TEST(DrawParts, OutlinesTheGivenPartInBlueAndTheGeneratedPartInOrange) {
  const Image drawn = imaging().draw_parts(sample_image(8, 8, 1), {0, 0, 4, 8}, {4, 0, 4, 8});
  const auto blue = columns_of(drawn, kBlue), orange = columns_of(drawn, kOrange);
  ASSERT_FALSE(blue.empty());
  ASSERT_FALSE(orange.empty());
  EXPECT_LT(blue.back(), orange.front());
}

TEST(DrawParts, DrawsNothingAroundAnEmptyPart) {
  const Image drawn = imaging().draw_parts(sample_image(8, 8, 3), {}, {0, 0, 8, 8});
  EXPECT_TRUE(columns_of(drawn, kBlue).empty());
  EXPECT_FALSE(columns_of(drawn, kOrange).empty());
}

TEST(DrawParts, TakesImagesOfAnyShape) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2000, 3}, {3, 2000}, {1500, 1200}}) {
    const Image image = sample_image(width, height, 1);
    const Image drawn =
        imaging().draw_parts(image, {0, 0, width, height / 2}, {0, height / 2, width, 1});
    EXPECT_GE(drawn.width, width);
    EXPECT_GE(drawn.height, height);
  }
}

std::vector<float> sine(double frequency, int rate, double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(rate * seconds));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double turns = frequency * static_cast<double>(i) / rate;
    samples[i] = static_cast<float>(std::sin(2 * std::numbers::pi * turns));
  }
  return samples;
}

// The brightest row of the middle of the plot, as a share of the picture's height.
double brightest_row(const Image& drawn) {
  const auto light = [&](int y) {
    const Rgb color = pixel(drawn, drawn.width / 2, y);
    return color[0] + color[1] + color[2];
  };
  int best = drawn.height / 4;
  for (int y = best; y < drawn.height * 3 / 4; ++y) best = light(y) > light(best) ? y : best;
  return static_cast<double>(best) / drawn.height;
}

TEST(DrawSpectrogram, ShowsHighTonesAboveLowTones) {
  const std::vector<float> low = sine(2000, 8000, 1), high = sine(2500, 8000, 1);
  const double low_row = brightest_row(imaging().draw_spectrogram({low, 8000, 0}));
  const double high_row = brightest_row(imaging().draw_spectrogram({high, 8000, 0}));
  EXPECT_LT(high_row, low_row);
  EXPECT_NEAR(low_row - high_row, 500.0 / 4000 * 540 / 710, 0.005);
}

TEST(DrawSpectrogram, MarksTheEndOfTheGivenPart) {
  const std::vector<float> tone = sine(500, 8000, 1);
  const Image drawn = imaging().draw_spectrogram({tone, 8000, 0.25});
  const auto blue = columns_of(drawn, kBlue), orange = columns_of(drawn, kOrange);
  ASSERT_FALSE(blue.empty());
  ASSERT_FALSE(orange.empty());
  EXPECT_LT(blue.back(), orange.front());
  const double share =
      static_cast<double>(orange.front() - blue.front()) / (orange.back() - blue.front());
  EXPECT_NEAR(share, 0.25, 0.01);
}

TEST(DrawSpectrogram, MarksNothingWhenAllIsGivenOrNothing) {
  const std::vector<float> tone = sine(500, 8000, 0.5);
  for (const double given : {0.0, 0.5, 9.0}) {
    EXPECT_TRUE(columns_of(imaging().draw_spectrogram({tone, 8000, given}), kBlue).empty());
  }
}

TEST(DrawSpectrogram, TakesSilenceAndSoundsOfAnyLength) {
  for (const std::size_t length : {0U, 1U, 63U, 5000U, 300000U}) {
    const std::vector<float> silence(length);
    const Image drawn = imaging().draw_spectrogram({silence, 44100, 0.01});
    EXPECT_EQ(drawn.pixels.size(), drawn.size_bytes());
  }
}

}  // namespace
}  // namespace zipdream
