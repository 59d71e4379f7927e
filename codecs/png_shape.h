// SPDX-License-Identifier: Apache-2.0
// As which image PNG sees bytes: options of its spec, "png:LEVEL,width=W,channels=C", each of which
// may be left out. Without a width the bytes are folded into a nearly square gray image.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zipdream {

inline constexpr std::size_t kMaxPngSide = 1'000'000;  // libpng reads no longer one

struct PngOptions {
  int level = 9;             // zlib's, 0 .. 9
  std::size_t width = 0;     // pixels, 1 .. kMaxPngSide; 0: folded
  std::size_t channels = 1;  // 1 gray, 3 RGB; 1 when folded
};

// Throws a usage Error that says what would be right for `codec`, which may be another one that
// sees images (webp) and whose level is `level` where none is given.
[[nodiscard]] PngOptions parse_png_options(std::string_view options, std::string_view codec = "png",
                                           int level = 9);

// The spec that they spell, "png:9,width=640,channels=3".
[[nodiscard]] std::string png_spec(const PngOptions& options, std::string_view codec = "png");

struct PngShape {
  std::size_t width = 1;
  std::size_t height = 1;
  std::size_t channels = 1;

  [[nodiscard]] std::size_t row_bytes() const { return width * channels; }
  [[nodiscard]] std::size_t size_bytes() const { return row_bytes() * height; }
};

// The image of `size` bytes, with at most a row of padding.
[[nodiscard]] PngShape png_shape(const PngOptions& options, std::size_t size);

// The options with which an image of which `size` bytes are known is continued: with a width. Where
// none is given it is that of the fold of the first s(size) bytes, size rounded down to a multiple
// of the greatest power of 2 that is at most size / 16: so it stays for a while.
[[nodiscard]] PngOptions png_continued(const PngOptions& options, std::size_t size);

}  // namespace zipdream
