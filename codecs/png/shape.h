// SPDX-License-Identifier: Apache-2.0
// As which image PNG sees bytes: options of its spec, "png:LEVEL,width=W,channels=C", each of which
// may be left out. Without a width the bytes are folded into a nearly square gray image.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "media/media.h"
#include "zipdream/registry.h"

namespace zipdream {

inline constexpr std::size_t kMaxPngSide = 1'000'000;  // libpng reads no longer one

struct PngOptions {
  int level = 9;             // zlib's, 0 .. 9
  std::size_t width = 0;     // pixels, 1 .. kMaxPngSide; 0: folded
  std::size_t channels = 1;  // 1 gray, 3 RGB; 1 when folded
};

// Of a spec of png or webp; a usage Error where channels are written without a width.
[[nodiscard]] PngOptions png_options(const Spec& spec);

// Sets width and channels where they are known and nobody has written a width.
void adapt_png_spec(Spec& spec, const MediaShape& shape);

// The options of png and webp.
[[nodiscard]] constexpr std::array<OptionInfo, 3> png_option_infos(std::string_view level) {
  return {{{.key = "level", .min = 0, .max = 9, .fallback = level},
           {.key = "width", .min = 1, .max = kMaxPngSide},
           {.key = "channels",
            .kind = OptionInfo::Kind::kChoice,
            .choices = "1 3",
            .fallback = "1",
            .unit = "number of channels"}}};
}

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
