// SPDX-License-Identifier: Apache-2.0
// Image files that OpenCV doesn't read, or reads wrongly: PNM of any maxval, PAM, animated WebP,
// EXIF orientation of every format that has it, BMP of OS/2. What a file holds is compared with a
// plain PNM file of the right pixels.
#include "media/image/read_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using namespace std::literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

std::string number(std::uint64_t value, int size, bool is_big_endian = false) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  for (int i = 0; i < size; ++i) {
    const int place = is_big_endian ? size - 1 - i : i;
    bytes[static_cast<std::size_t>(place)] = static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

// Gray, 3 pixels wide and 2 high.
constexpr int kWidth = 3, kHeight = 2;
const std::string kPixels = "\x0a\x1e\x32\x50\x6e\x96";

std::string pgm(int width, int height, const std::string& pixels) {
  return "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + pixels;
}
std::string ppm(int width, int height, const std::string& pixels) {
  std::string file = pgm(width, height, pixels);
  file[1] = '6';
  return file;
}

// What is to be seen of kPixels where a file says how they lie: EXIF's 1 to 8.
std::string turned(int orientation) {
  const std::vector<std::string> rows = {"",         "abc|def",  "cba|fed",  "fed|cba", "def|abc",
                                         "ad|be|cf", "da|eb|fc", "fc|eb|da", "cf|be|ad"};
  std::string pixels;
  for (const char c : rows[static_cast<std::size_t>(orientation)]) {
    if (c != '|') pixels += kPixels[static_cast<std::size_t>(c - 'a')];
  }
  return orientation < 5 ? pgm(kWidth, kHeight, pixels) : pgm(kHeight, kWidth, pixels);
}

std::string directory(bool is_big_endian, int orientation) {
  const auto n = [&](std::uint64_t value, int size) { return number(value, size, is_big_endian); };
  return (is_big_endian ? "MM\0*"s : "II*\0"s) + n(8, 4) + n(1, 2) + n(0x112, 2) + n(3, 2) +
         n(1, 4) + n(static_cast<std::uint64_t>(orientation), 2) + n(0, 2) + n(0, 4);
}

std::string png_chunk(const std::string& name, const std::string& data) {
  return number(data.size(), 4, true) + name + data +
         number(crc32_of(as_bytes(name + data)), 4, true);
}

std::string png(const std::string& before, const std::string& after) {
  const std::string lines = "\0"s + kPixels.substr(0, 3) + "\0"s + kPixels.substr(3);
  const Bytes packed = make_codec("zlib:9")->compress(as_bytes(lines));
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR", number(kWidth, 4, true) + number(kHeight, 4, true) + "\x08\0\0\0\0"s) +
         before + png_chunk("IDAT", std::string(as_chars(packed))) + after + png_chunk("IEND", "");
}

std::string tiff(int orientation) {
  const auto entry = [](int tag, int value) {
    return number(static_cast<std::uint64_t>(tag), 2) + number(3, 2) + number(1, 4) +
           number(static_cast<std::uint64_t>(value), 4);
  };
  return "II*\0\x10\0\0\0"s + kPixels + "\0\0"s + number(10, 2) + entry(256, kWidth) +
         entry(257, kHeight) + entry(258, 8) + entry(259, 1) + entry(262, 1) + entry(273, 8) +
         entry(274, orientation) + entry(277, 1) + entry(278, kHeight) + entry(279, 6) +
         number(0, 4);
}

// A still WebP file with an orientation.
std::string webp(const std::string& still, int width, int height, const std::string& exif) {
  const std::string padding = exif.size() % 2 == 1 ? "\0"s : "";
  const std::string chunks = "VP8X" + number(10, 4) + "\x08\0\0\0"s + number(width - 1, 3) +
                             number(height - 1, 3) + still.substr(12) + "EXIF" +
                             number(exif.size(), 4) + exif + padding;
  return "RIFF" + number(chunks.size() + 4, 4) + "WEBP" + chunks;
}

constexpr std::size_t kEnough = std::size_t{1} << 24;

std::string known_file(const std::string& name) {
  return std::string(as_chars(read_file(IMAGING_TEST_FILES "/" + name)));
}

void expect_same(const std::string& what, const std::string& file, const std::string& right) {
  SCOPED_TRACE(what);
  const Image image = read_image(as_bytes(file), kEnough);
  const Image wanted = read_image(as_bytes(right), kEnough);
  EXPECT_EQ(image.width, wanted.width) << what;
  EXPECT_EQ(image.height, wanted.height) << what;
  EXPECT_EQ(image.channels, wanted.channels) << what;
  EXPECT_EQ(image.pixels, wanted.pixels) << what;
}

void expect_refused(const std::string& file, const std::string& part) {
  EXPECT_THAT([&] { return read_image(as_bytes(file), kEnough); },
              ThrowsMessage<Error>(AllOf(HasSubstr(part), HasSubstr("; "), Not(HasSubstr("\n")))));
}

TEST(ReadImage, OfPnmAreScaledFromTheirMaxval) {
  std::string sixteen = "P5\n4 4\n15\n", right;
  for (int i = 0; i < 16; ++i) {
    sixteen += static_cast<char>(i);
    right += static_cast<char>(17 * i);
  }
  expect_same("maxval 15", sixteen, pgm(4, 4, right));
  expect_same("maxval 1", "P5 2 2 1\n\0\1\1\0"s, pgm(2, 2, "\0\xff\xff\0"s));
  expect_same("maxval 1000", "P5 2 2 1000\n\0\0\1\xf4\3\xe8\0\4"s, pgm(2, 2, "\0\x80\xff\1"s));
  expect_same("maxval 65535", "P5 2 2 65535\n\0\0\x80\x80\xff\xff\1\x80"s,
              pgm(2, 2, "\0\x80\xff\1"s));
  expect_same("above maxval", "P5 2 2 15\n\0\x0f\x10\xff"s, pgm(2, 2, "\0\xff\xff\xff"s));
  expect_same("colour", "P6 2 1 3\n\0\1\2\3\2\1"s, ppm(2, 1, "\0\x55\xaa\xff\xaa\x55"s));
}

TEST(ReadImage, OfPnmMayBeTextOrBitmaps) {
  const std::string right = pgm(2, 2, "\0\x55\xaa\xff"s);
  expect_same("P2", "P2\n# a comment\n2 2 # sides\n3\n0 1\n2 3\n", right);
  expect_same("P2 without an end", "P2 2 2 3 0 1 2 3", right);
  expect_same("P3", "P3 2 1 255 1 2 3\n4 5 6", ppm(2, 1, "\1\2\3\4\5\6"));
  const std::string bitmap =
      pgm(10, 2, "\xff\0\xff\0\xff\0\xff\0\xff\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\0"s);
  expect_same("P1", "P1\n10 2\n0101010101\n0 0 0 0 0 0 0 0 0 1\n", bitmap);
  expect_same("P4", "P4\n10 2\n\x55\x40\0\x40"s, bitmap);
}

TEST(ReadImage, OfPamLoseTheirAlpha) {
  const auto pam = [](int depth, int max_value, const std::string& type,
                      const std::string& samples) {
    return "P7\nWIDTH 2\nHEIGHT 2\n# made by hand\nDEPTH " + std::to_string(depth) + "\nMAXVAL " +
           std::to_string(max_value) + "\nTUPLTYPE " + type + "\nENDHDR\n" + samples;
  };
  expect_same("gray", pam(1, 255, "GRAYSCALE", "abcd"), pgm(2, 2, "abcd"));
  expect_same("gray, alpha", pam(2, 255, "GRAYSCALE_ALPHA", "a1b2c3d4"), pgm(2, 2, "abcd"));
  expect_same("RGB", pam(3, 255, "RGB", "abcdefghijkl"), ppm(2, 2, "abcdefghijkl"));
  expect_same("RGB, alpha", pam(4, 255, "RGB_ALPHA", "abc1def2ghi3jkl4"),
              ppm(2, 2, "abcdefghijkl"));
  expect_same("bitmap", pam(1, 1, "BLACKANDWHITE", "\0\1\1\0"s), pgm(2, 2, "\0\xff\xff\0"s));
}

TEST(ReadImage, OfPnmThatAreDamagedSaySo) {
  expect_refused("P5 4 4 255\nabc", "truncated PNM file: it holds 3 of the 16 bytes");
  expect_refused("P3 999 999 255\n1 2 3", "truncated PNM file");
  expect_refused("P4 9 2\nab\n", "truncated PNM file: it holds 3 of the 4 bytes");
  expect_refused("P2 2 2 255\n1 2 x 4 5", "damaged PNM file: a number is missing");
  expect_refused("P1 2 2\n0 1 2 1", "damaged PNM file: a pixel is neither 0 nor 1");
  expect_refused("P5 2", "truncated PNM file");
  expect_refused("P5 999999 999999 65535\n", "too large: 999999 x 999999");
  expect_refused("P7\nWIDTH 2\nHEIGHT 2\n", "truncated PAM file");
  expect_refused("P7\nWIDTH 2\nHEIGHT 2\nDEPTH 9\nMAXVAL 255\nENDHDR\n" + std::string(99, 'x'),
                 "9 samples per pixel");
  expect_refused("P7\nWIDTH 0\nHEIGHT 2\nENDHDR\nabcd", "its sides are not 1 to 1000000");
}

TEST(ReadImage, AreTurnedAsTheirOrientationSays) {
  const std::string still = known_file("still.webp");
  const std::string colors = known_file("animation.ppm").substr(11);  // 4 x 3
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const std::string right = turned(orientation);
    for (const bool is_big_endian : {false, true}) {
      const std::string exif = png_chunk("eXIf", directory(is_big_endian, orientation));
      expect_same("PNG", png(exif, ""), right);
      expect_same("PNG, behind", png("", exif), right);
    }
    expect_same("TIFF", tiff(orientation), right);
    std::string pixels;
    const bool swaps = orientation >= 5;
    for (int y = 0; y < (swaps ? 4 : 3); ++y) {
      for (int x = 0; x < (swaps ? 3 : 4); ++x) {
        int column = swaps ? y : x, row = swaps ? x : y;
        if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
          column = 3 - column;
        if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
          row = 2 - row;
        pixels += colors.substr(static_cast<std::size_t>(3 * (4 * row + column)), 3);
      }
    }
    const std::string webp_right = swaps ? ppm(3, 4, pixels) : ppm(4, 3, pixels);
    expect_same("WebP", webp(still, 4, 3, directory(true, orientation)), webp_right);
    expect_same("WebP", webp(still, 4, 3, "Exif\0\0"s + directory(false, orientation)), webp_right);
  }
  expect_same("no EXIF", webp(still, 4, 3, "nonsense"), known_file("animation.ppm"));
  expect_same("no orientation", webp(still, 4, 3, directory(false, 9)),
              known_file("animation.ppm"));
}

TEST(ReadImage, OfAnimatedWebpGiveTheirFirstFrame) {
  const std::string right = known_file("animation.ppm");
  const std::string whole = known_file("animation.webp");
  expect_same("animation", whole, right);
  // Its first frame covers the lower right quarter; the rest is black.
  std::string pixels(48, '\0');
  const std::string frame = "\x74\x06\x66\x76\xcf\xb0\xb4\xeb\x89\x02\xc4\x42";
  std::copy_n(frame.begin(), 6, pixels.begin() + 30);
  std::copy_n(frame.begin() + 6, 6, pixels.begin() + 42);
  expect_same("a part", known_file("animation_of_parts.webp"), ppm(4, 4, pixels));
  expect_refused(whole.substr(0, whole.size() - 20), "truncated WebP file");
  std::string without = whole;
  for (std::size_t at = 0; (at = without.find("ANMF", at)) != std::string::npos;)
    without.replace(at, 4, "ANMX");
  expect_refused(without, "an animation without a frame");
}

// Floats without compression, 2 pixels wide and 1 high, of which the first is (0.2, 0.4, 0.6).
std::string exr(float last_red) {
  const auto attribute = [](const std::string& name, const std::string& type,
                            const std::string& value) {
    return name + "\0"s + type + "\0"s + number(value.size(), 4) + value;
  };
  const auto floats = [](std::initializer_list<float> values) {
    std::string bytes;
    for (const float value : values) bytes += number(std::bit_cast<std::uint32_t>(value), 4);
    return bytes;
  };
  const std::string box = number(0, 8) + number(1, 4) + number(0, 4);
  std::string channels;
  for (const char c : "BGR"s)
    channels += c + "\0"s + number(2, 4) + number(0, 4) + number(1, 4) + number(1, 4);
  const std::string header =
      "v/1\x01" + number(2, 4) + attribute("channels", "chlist", channels + "\0"s) +
      attribute("compression", "compression", "\0"s) + attribute("dataWindow", "box2i", box) +
      attribute("displayWindow", "box2i", box) + attribute("lineOrder", "lineOrder", "\0"s) +
      attribute("pixelAspectRatio", "float", floats({1})) +
      attribute("screenWindowCenter", "v2f", floats({0, 0})) +
      attribute("screenWindowWidth", "float", floats({1})) + "\0"s;
  return header + number(header.size() + 8, 8) + number(0, 4) + number(24, 4) +
         floats({0.6F, 0, 0.4F, 0.0F, 0.2F, last_red});
}

TEST(ReadImage, OfOpenExrHaveTheirFloatsScaled) {
  expect_same("half", exr(0.5F), ppm(2, 1, "\x33\x66\x99\x80\0\0"s));
  expect_same("brighter than white", exr(7), ppm(2, 1, "\x33\x66\x99\xff\0\0"s));
  expect_same("darker than black", exr(-1), ppm(2, 1, "\x33\x66\x99\0\0\0"s));
}

TEST(ReadImage, OfOs2KeepTheirColours) {
  const auto bmp = [](int bits, const std::string& palette, const std::string& pixels) {
    const std::size_t begin = 26 + palette.size();
    return "BM" + number(begin + pixels.size(), 4) + number(0, 4) + number(begin, 4) +
           number(12, 4) + number(2, 2) + number(2, 2) + number(1, 2) +
           number(static_cast<std::uint64_t>(bits), 2) + palette + pixels;
  };
  const std::string right = ppm(2, 2, "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c");
  expect_same("24 bits", bmp(24, "", "\x09\x08\7\x0c\x0b\x0a\0\0\3\2\1\6\5\4\0\0"s), right);
  std::string palette = "\3\2\1\6\5\4\x09\x08\7\x0c\x0b\x0a"s + std::string(3 * 252, '\0');
  expect_same("8 bits", bmp(8, palette, "\2\3\0\0\0\1\0\0"s), right);
}

TEST(ReadImage, OfFilesCutAnywhereEndsInAnImageOrAnError) {
  for (const std::string& whole :
       {known_file("animation.webp"), known_file("still.webp"), tiff(6), png("", ""),
        webp(known_file("still.webp"), 4, 3, directory(true, 6)), "P3 2 1 255 1 2 3\n4 5 6"s,
        "P7\nWIDTH 2\nHEIGHT 2\nDEPTH 1\nMAXVAL 255\nENDHDR\nabcd"s, "P1\n# x\n3 1\n101"s}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      try {
        static_cast<void>(read_image(as_bytes(whole.substr(0, size)), kEnough));
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("; "));
      }
    }
  }
}

TEST(ReadImage, OfFilesWithFlippedBitsEndsInAnImageOrAnError) {
  for (std::string file :
       {known_file("animation_of_parts.webp"),
        webp(known_file("still.webp"), 4, 3, directory(true, 6)), "P3 2 1 255 1 2 3\n4 5 6"s,
        "P7\nWIDTH 2\nHEIGHT 2\nDEPTH 1\nMAXVAL 255\nENDHDR\nabcd"s}) {
    for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
      file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
      try {
        EXPECT_LE(read_image(as_bytes(file), kEnough).pixels.size(), kEnough);
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("; "));
      }
      file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
    }
  }
}

}  // namespace
}  // namespace zipdream
