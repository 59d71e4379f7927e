// SPDX-License-Identifier: Apache-2.0
// The model of pixels: what pictures it may be given, what it finds out by itself, and that nothing
// but the bytes before decides.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "tests/codecs/sample_bytes.h"
#include "tests/models/specs.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

// What the model says before each of the bytes.
std::vector<std::vector<double>> distributions(const std::string& spec, const Bytes& bytes) {
  std::vector<std::vector<double>> all;
  make_predictor(spec)->teacher_force(std::vector<Symbol>(bytes.begin(), bytes.end()),
                                      [&](std::span<const double> log2_probs) {
                                        all.emplace_back(log2_probs.begin(), log2_probs.end());
                                      });
  return all;
}

using Level = std::vector<double>;  // of pixels, row by row

// Soft hills and some grain.
Level hills(int width, int height, double grain = 6) {
  const Bytes noise = random_bytes(static_cast<std::size_t>(width) * height, 5);
  Level level;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double hill = 50 * std::sin(0.07 * x + 0.5) * std::cos(0.09 * y) + 30 * (x > 3 * y);
      const double random = noise[static_cast<std::size_t>(y * width + x)] / 255.0 - 0.5;
      level.push_back(110 + hill + grain * random);
    }
  }
  return level;
}

Bytes to_pixels(const Level& level) {
  Bytes pixels;
  for (const double value : level) {
    pixels.push_back(static_cast<Byte>(std::clamp(std::lround(value), 0L, 255L)));
  }
  return pixels;
}

// Table K.1 of the JPEG standard.
constexpr std::array<int, 64> kLuminance = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

// The picture as a JPEG file of that quality, 50 to 100, would keep it; its blocks begin at (x0,
// y0).
Level as_jpeg(const Level& level, int width, int x0, int y0, int quality) {
  const int height = static_cast<int>(level.size()) / width;
  Level out = level;
  const auto basis = [](int u, int i) {
    return u == 0 ? std::sqrt(0.125) : 0.5 * std::cos((2 * i + 1) * u * 3.14159265358979 / 16);
  };
  for (int y = y0; y + 8 <= height; y += 8) {
    for (int x = x0; x + 8 <= width; x += 8) {
      std::array<double, 64> sums{};
      for (int uv = 0; uv < 64; ++uv) {
        const int step = std::max(1, (kLuminance[uv] * (200 - 2 * quality) + 50) / 100);
        double c = 0;
        for (int i = 0; i < 64; ++i) {
          const double pixel = level[(y + i / 8) * width + x + i % 8] - 128;
          c += basis(uv / 8, i / 8) * basis(uv % 8, i % 8) * pixel;
        }
        c = step * std::round(c / step);
        for (int i = 0; i < 64; ++i) sums[i] += basis(uv / 8, i / 8) * basis(uv % 8, i % 8) * c;
      }
      for (int i = 0; i < 64; ++i) out[(y + i / 8) * width + x + i % 8] = 128 + sums[i];
    }
  }
  return out;
}

double bits_per_byte(const std::string& spec, ByteView data) {
  return make_codec("arith:" + spec)->bits(data, Units::kBits) / static_cast<double>(data.size());
}

std::vector<std::string> all_options() {
  return {"jpeg=auto",          "width=1",
          "prior=off,width=2",  "width=7",
          "off,width=64",       "off,prior=off,width=64",
          "channels=3",         "width=20,channels=3",
          "width=5,channels=2", "prior=off,width=64,channels=4",
          "width=65536",        "prior=off,width=9"};
}

class Image : public testing::TestWithParam<std::string> {
 protected:
  static std::string spec() { return "image:" + GetParam(); }
};

TEST_P(Image, IsLosslessForAnyBytes) {
  const auto codec = make_codec("arith:" + spec());
  for (const Bytes& data : {Bytes{}, Bytes{7}, Bytes(100, 0), Bytes(777, 255), text_like(501),
                            random_bytes(1025), runs(700), to_pixels(hills(64, 17))}) {
    EXPECT_EQ(codec->decompress(codec->compress(data), data.size()), data);
  }
}

TEST_P(Image, CostsNextToNothingAboveNoise) {
  const Bytes noise = random_bytes(20'000);
  EXPECT_LT(bits_per_byte(spec(), noise), 8 * 1.002);
}

TEST_P(Image, DependsOnTheBytesBeforeAlone) {
  Bytes picture = to_pixels(hills(64, 16));
  Bytes other = picture;
  const std::size_t same = 64 * 9 + 21;
  const Bytes noise = random_bytes(picture.size(), 3);
  std::copy(noise.begin() + same, noise.end(), other.begin() + same);
  const auto of_picture = distributions(spec(), picture);
  const auto of_other = distributions(spec(), other);
  for (std::size_t i = 0; i <= same; ++i) ASSERT_EQ(of_picture[i], of_other[i]) << i;
}

INSTANTIATE_TEST_SUITE_P(Of, Image, testing::ValuesIn(all_options()), spec_test_name);

TEST(ImageModel, PredictsFromTheRowsAbove) {
  const Bytes picture = to_pixels(hills(64, 64));
  EXPECT_LT(bits_per_byte("image:width=64", picture),
            0.97 * bits_per_byte("arith:residual:med,width=64:cm", picture));
  EXPECT_LT(bits_per_byte("image:prior=off,width=64", picture),
            0.98 * bits_per_byte("arith:residual:med,width=64:cm", picture));
}

TEST(ImageModel, FindsTheWidthByItself) {
  for (const int width : {33, 64, 200}) {
    const Bytes picture = to_pixels(hills(width, 100));
    const double told = bits_per_byte("image:width=" + std::to_string(width), picture);
    EXPECT_LT(bits_per_byte("image", picture), told + 0.15) << width;
  }
}

TEST(ImageModel, TakesPaddingBehindRowsForWhatItIs) {
  const Bytes pixels = to_pixels(hills(61, 40));
  Bytes padded;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    padded.push_back(pixels[i]);
    if (i % 61 == 60) padded.insert(padded.end(), 3, 0);
  }
  const auto size = [](const std::string& spec, const Bytes& bytes) {
    const auto codec = make_codec("arith:" + spec);
    const Bytes stream = codec->compress(bytes);
    EXPECT_EQ(codec->decompress(stream, bytes.size()), bytes);
    return stream.size();
  };
  EXPECT_LE(size("image:width=61,padding=3", padded), size("image:width=61", pixels) + 4);
  EXPECT_GT(size("image:width=64", padded), size("image:width=61", pixels) + 8);
  EXPECT_THROW(static_cast<void>(make_predictor("image:padding=3")), Error);
}

TEST(ImageModel, BecomesCertainOfAConstantPicture) {
  for (const char* spec : {"image:width=100", "image:prior=off,width=100", "image"}) {
    EXPECT_LT(bits_per_byte(spec, Bytes(20'000, 77)), 0.02) << spec;
  }
}

TEST(ImageModel, FindsTheStepsOfAJpegFileWhereverItsBlocksBegin) {
  const int width = 96;
  const Level level = hills(width, 96, 60);
  struct Case {
    int x0;
    int y0;
    int quality;
  };
  for (const Case& given : {Case{0, 0, 96}, Case{0, 0, 85}, Case{3, 5, 90}}) {
    const Bytes picture = to_pixels(as_jpeg(level, width, given.x0, given.y0, given.quality));
    const double off = bits_per_byte("image:off,width=96", picture);
    EXPECT_LT(bits_per_byte("image:width=96", picture), 0.92 * off)
        << given.x0 << "," << given.y0 << " " << given.quality;
  }
}

TEST(ImageModel, LosesNextToNothingByLookingForAJpegFileThatThereWasNot) {
  for (const double grain : {2, 30}) {
    const Bytes picture = to_pixels(hills(96, 96, grain));
    EXPECT_LT(bits_per_byte("image:width=96", picture),
              1.01 * bits_per_byte("image:off,width=96", picture));
  }
}

// Colours as decoders make them: a brightness with grain and two soft differences.
struct Colours {
  enum class Kind { kJpeg, kPhotoCd, kAny };
  Kind kind;
  bool is_blue_first = false;
};

Bytes coloured(const Colours& colours, int width, int height) {
  const Level light = hills(width, height, 12);
  const Bytes noise = random_bytes(3 * light.size(), 9);
  Bytes pixels;
  for (int i = 0; i < width * height; ++i) {
    const int x = i % width;
    const int y = i / width;
    const auto red = static_cast<int>(20 * std::sin(0.06 * x) + 10 * std::cos(0.05 * y));
    const auto blue = static_cast<int>(15 * std::cos(0.04 * x + 0.07 * y));
    const auto level = static_cast<int>(light[i]);
    std::array<double, 3> rgb;
    if (colours.kind == Colours::Kind::kJpeg) {
      const auto part = [](int fixed) { return (fixed + 32768) >> 16; };
      rgb = {level + static_cast<double>(part(91881 * red)),
             level + static_cast<double>(part(-22554 * blue - 46802 * red)),
             level + static_cast<double>(part(116130 * blue))};
    } else if (colours.kind == Colours::Kind::kPhotoCd) {
      const int whole = level * 7 / 10;
      const auto sum = [](std::int64_t tens) {
        return std::floor(static_cast<double>(tens) / 1e4);
      };
      const auto of_red = static_cast<std::int64_t>(std::floor(1.8215 * red));
      const auto of_blue = static_cast<std::int64_t>(std::floor(2.2179 * blue));
      rgb = {sum(13584 * whole + 18215 * red), sum(13584 * whole - 5090 * of_red - 1940 * of_blue),
             sum(13584 * whole + 22179 * blue)};
    } else {
      for (int c = 0; c < 3; ++c) {
        rgb[c] = level + (1 - c) * red + noise[3 * static_cast<std::size_t>(i) + c] % 4;
      }
    }
    if (colours.is_blue_first) std::swap(rgb[0], rgb[2]);
    for (const double byte : rgb) pixels.push_back(static_cast<Byte>(std::clamp(byte, 0.0, 255.0)));
  }
  return pixels;
}

TEST(ImageModel, FindsTheBrightnessAndDifferencesThatColoursWereMadeOf) {
  for (const auto kind : {Colours::Kind::kJpeg, Colours::Kind::kPhotoCd}) {
    for (const bool is_blue_first : {false, true}) {
      const Bytes picture = coloured({kind, is_blue_first}, 64, 48);
      const double off = bits_per_byte("image:colours=off,width=64,channels=3", picture);
      EXPECT_LT(bits_per_byte("image:width=64,channels=3", picture), 0.8 * off) << is_blue_first;
    }
  }
}

TEST(ImageModel, LosesNextToNothingByLookingForColoursThatWereNotMadeSo) {
  const Bytes picture = coloured({Colours::Kind::kAny}, 64, 48);
  EXPECT_LT(bits_per_byte("image:width=64,channels=3", picture),
            1.002 * bits_per_byte("image:colours=off,width=64,channels=3", picture));
}

TEST(ImageModel, GoesOnWhereColoursAreNoLongerMadeSo) {
  const Bytes made = coloured({Colours::Kind::kJpeg}, 64, 24);
  const Bytes other = coloured({Colours::Kind::kAny}, 64, 48);
  Bytes picture = made;
  picture.insert(picture.end(), other.begin() + made.size(), other.end());
  EXPECT_LT(bits_per_byte("image:width=64,channels=3", picture),
            bits_per_byte("image:colours=off,width=64,channels=3", picture));
  const auto codec = make_codec("arith:image:width=64,channels=3");
  EXPECT_EQ(codec->decompress(codec->compress(picture), picture.size()), picture);
}

TEST(ImageModel, DependsOnThePixelsBeforeAloneOnceItKnowsHowColoursWereMade) {
  const Bytes picture = coloured({Colours::Kind::kPhotoCd}, 32, 16);
  Bytes other = picture;
  const std::size_t same = 32 * 3 * 11 + 40;
  const Bytes noise = random_bytes(picture.size(), 3);
  std::copy(noise.begin() + same, noise.end(), other.begin() + same);
  const auto of_picture = distributions("image:width=32,channels=3", picture);
  const auto of_other = distributions("image:width=32,channels=3", other);
  for (std::size_t i = 0; i <= same; ++i) ASSERT_EQ(of_picture[i], of_other[i]) << i;
}

TEST(ImageModel, KnowsWhatItLearntBeforehandUnlessThatIsOff) {
  EXPECT_GT(make_predictor("image")->parameter_count(), 10'000U);
  EXPECT_LT(make_predictor("image")->parameter_count(), 24'000U);
  EXPECT_EQ(make_predictor("image:prior=off")->parameter_count(), 0U);
}

// ---- from coarse to fine ----

std::string pyramid(int width, int channels = 1) {
  return "image:order=pyramid,width=" + std::to_string(width) +
         ",channels=" + std::to_string(channels);
}

TEST(Pyramid, IsLosslessForPicturesOfAnySize) {
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{
           {1, 1}, {1, 77}, {77, 1}, {2, 3}, {16, 16}, {17, 16}, {33, 47}, {64, 5}, {100, 31}}) {
    for (const int channels : {1, 2, 3, 4}) {
      const auto codec = make_codec("arith:" + pyramid(width, channels));
      const Bytes pixels = to_pixels(hills(width * channels, height));
      const Bytes stream = codec->compress(pixels);
      EXPECT_EQ(codec->decompress(stream, pixels.size()), pixels) << width << "x" << height;
      EXPECT_NEAR(codec->bits(pixels, Units::kBits), 8.0 * static_cast<double>(stream.size()), 48);
    }
  }
}

TEST(Pyramid, TakesBytesThatAreNoWholeRows) {
  for (const int width : {1, 9, 64}) {
    const auto codec = make_codec("arith:" + pyramid(width, 3));
    for (const Bytes& data : {Bytes{}, Bytes{7}, Bytes(100, 0), Bytes(777, 255), text_like(501),
                              random_bytes(1025), runs(700)}) {
      EXPECT_EQ(codec->decompress(codec->compress(data), data.size()), data);
    }
  }
}

TEST(Pyramid, CostsLittleMoreThanRowsAndNextToNothingAboveNoise) {
  const Bytes pixels = to_pixels(hills(96, 96));
  EXPECT_LT(bits_per_byte(pyramid(96), pixels), 1.1 * bits_per_byte("image:off,width=96", pixels));
  EXPECT_LT(bits_per_byte(pyramid(100), random_bytes(20'000)), 8 * 1.002);
}

TEST(Pyramid, GoesThroughEachPlaceOnceAndThroughASmallVersionFirst) {
  constexpr int kWidth = 50;
  constexpr int kHeight = 40;
  for (const std::size_t given : {0, 25, 7 * kWidth}) {
    const auto own = make_predictor(pyramid(kWidth))->in_order(kWidth * kHeight, given);
    ASSERT_TRUE(own);
    auto sorted = own->order;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) ASSERT_EQ(sorted[i], i);
    // The first ones are a quarter of the picture's pixels apart or more, in both directions.
    for (std::size_t i = 1; i < 100; ++i) {
      const std::uint32_t here = own->order[i];
      const std::uint32_t before = own->order[i - 1];
      EXPECT_TRUE(here % kWidth == before % kWidth + 4 || here / kWidth == before / kWidth + 4);
    }
    // The last pixel that is given is of the small version, so that what follows begins there.
    const auto last = given == 25 ? 24U : given > 0 ? 6U * kWidth : 0U;
    EXPECT_LT(std::ranges::find(own->order, last) - own->order.begin(), 130) << given;
  }
}

TEST(Pyramid, RefusesWhatIsNoWholePicture) {
  const auto message_of = [](const std::string& spec, const auto& use) -> std::string {
    try {
      use(*make_predictor(spec));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto see = [](Predictor& model) { model.observe("a"); };
  const auto ask = [](Predictor& model) { static_cast<void>(model.log2_probs()); };
  const auto order = [](Predictor& model) { static_cast<void>(model.in_order(100, 0)); };
  EXPECT_NE(message_of(pyramid(8), see).find("whole picture"), std::string::npos);
  EXPECT_NE(message_of(pyramid(8), ask).find("whole picture"), std::string::npos);
  EXPECT_NE(message_of("image:order=pyramid", order).find("width=N"), std::string::npos);
  EXPECT_NE(message_of("image:order=pyramid,width=8,padding=1", order).find("padding"),
            std::string::npos);
}

}  // namespace
}  // namespace zipdream
