// SPDX-License-Identifier: Apache-2.0
// As which image PNG takes bytes, and the outside of its file (PNG specification, third edition,
// sections 5 and 11): the signature, the chunks and what the first of them says. Only gray and RGB
// at 8 bits, which is all that the codec writes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "media/media.h"
#include "zipdream/bytes.h"
#include "zipdream/registry.h"

namespace zipdream {

inline constexpr std::size_t kMaxPngSide = 1'000'000;  // libpng reads no longer one

// Among which filters each row's is chosen, and what becomes of the rows.
enum class PngFilters {
  kAll,        // as libpng chooses: all five; zlib's default strategy
  kNoAverage,  // as Pillow writes unless told to optimize: None, Up, Sub and Paeth, in this order
               // among equals; zlib's strategy for filtered data, and its largest memory
};

// The options of its spec, "png:LEVEL,width=W,channels=C,filters=F", each of which may be left out.
// Without a width the bytes are folded into a nearly square gray image.
struct PngOptions {
  int level = 9;             // zlib's, 0 .. 9
  std::size_t width = 0;     // pixels, 1 .. kMaxPngSide; 0: folded
  std::size_t channels = 1;  // 1 gray, 3 RGB; 1 when folded
  PngFilters filters = PngFilters::kAll;
};

// Throws a usage Error where channels are written without a width. REQUIRES: the spec is one of png
// or webp.
[[nodiscard]] PngOptions png_options(const Spec& spec);

// Sets width and channels where the medium tells them and nobody has written a width.
void adapt_png_spec(Spec& spec, const MediaShape& shape);

// The options of webp, and the first of png's.
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
// there is none it is that of the fold of `size` bytes, rounded down to a multiple of the greatest
// power of 2 that is at most size / 16: so it stays for a while.
[[nodiscard]] PngOptions png_continued(const PngOptions& options, std::size_t size);

// ---- the file ----

inline constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

// Signature and IHDR: where the second chunk begins.
inline constexpr std::size_t kPngHeaderEnd = 8 + 12 + 13;

[[nodiscard]] std::uint64_t read_big_endian(ByteView bytes);
void append_big_endian(Bytes& out, std::uint64_t value, int size);

// A view of one chunk of a file.
struct PngChunk {
  std::string_view type;
  ByteView data;
};

// The shape in signature and IHDR; takes both off `rest`. Throws Error when they are wrong
// or the image is of another kind.
[[nodiscard]] PngShape take_png_header(ByteView& rest);

// Takes the first chunk off `rest`. Throws Error when it is cut or its CRC is wrong.
[[nodiscard]] PngChunk take_png_chunk(ByteView& rest);

void append_png_chunk(Bytes& file, std::string_view type, ByteView data);

// Signature and IHDR.
[[nodiscard]] Bytes png_header(const PngShape& shape);

}  // namespace zipdream
