// SPDX-License-Identifier: Apache-2.0
// As which image PNG sees bytes: options of its spec, "png:LEVEL,width=W,channels=C", each of which
// may be left out. Without a width the bytes are folded into a nearly square gray image.
#pragma once

#include <cstddef>
#include <string_view>

namespace zipdream {

inline constexpr std::size_t kMaxPngSide = 1'000'000;  // libpng reads no longer one

struct PngOptions {
  int level = 9;             // zlib's, 0 .. 9
  std::size_t width = 0;     // pixels, 1 .. kMaxPngSide; 0: folded
  std::size_t channels = 1;  // 1 gray, 3 RGB; 1 when folded
};

// Throws a usage Error that says what would be right.
[[nodiscard]] PngOptions parse_png_options(std::string_view options);

struct PngShape {
  std::size_t width = 1;
  std::size_t height = 1;
  std::size_t channels = 1;

  [[nodiscard]] std::size_t row_bytes() const { return width * channels; }
  [[nodiscard]] std::size_t size_bytes() const { return row_bytes() * height; }
};

// The image of `size` bytes, with at most a row of padding.
[[nodiscard]] PngShape png_shape(const PngOptions& options, std::size_t size);

}  // namespace zipdream
