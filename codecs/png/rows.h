// SPDX-License-Identifier: Apache-2.0
// The inside of a PNG file: rows of pixels of which each has become a filter's number and the
// residuals of that filter's predictions (PNG specification, third edition, section 9), and all of
// them one DEFLATE stream. Also what the codec would write for the end of an image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/deflate/block_headers.h"
#include "codecs/png/format.h"
#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr int kPngFilters = 5;  // None, Sub, Up, Average, Paeth

// What filter 0 .. 4 predicts for a byte from those one pixel to the left, above and one pixel to
// the left of that one; 0 where there is none.
[[nodiscard]] Byte png_prediction(int filter, Byte left, Byte above, Byte upper_left);

// Appends a filtered row: the filter's number and, modulo 256, each byte less its prediction. `row`
// may be cut short. REQUIRES: `above` is at least as long as `row`, or empty if there is no row.
void append_filtered_row(int filter, ByteView row, ByteView above, std::size_t pixel_bytes,
                         Bytes& out);

// The filter with which a row is written, as libpng does: that of the least sum of absolute
// residuals, the first among equals. REQUIRES: `above` is at least as long as `row`, or empty if
// there is no row.
[[nodiscard]] int choose_filter(ByteView row, ByteView above, std::size_t pixel_bytes,
                                PngFilters filters = PngFilters::kAll);

struct PngRows {
  PngShape shape;
  Bytes stream;            // bare DEFLATE
  deflate::Blocks blocks;  // its text: (height, 1 + row_bytes), each row after its filter's number
};

// Throws Error when the file isn't a whole gray or RGB image of 8 bits; total, in memory
// proportional to the file and `max_size`, the bytes of pixels that there may be.
[[nodiscard]] PngRows read_png_rows(ByteView file, std::size_t max_size);

// All rows of an image, each after the number of the filter that choose_filter() gives it.
// REQUIRES: pixels.size() == shape.size_bytes().
[[nodiscard]] Bytes filter_rows(const PngShape& shape, ByteView pixels, PngFilters filters);

// A file whose DEFLATE stream holds these filtered rows, compressed at zlib's level 0 (merely
// stored) .. 9; all of it in one IDAT chunk. REQUIRES: filtered.size() == height x (1 +
// row_bytes).
[[nodiscard]] Bytes write_png_rows(const PngShape& shape, ByteView filtered, int level,
                                   PngFilters filters = PngFilters::kAll);

// The size of the codec's file for `size` bytes of an image without its bare DEFLATE stream; with
// the chunk that keeps the size, where rows had to be completed (png.cc).
[[nodiscard]] std::size_t png_bytes_around(const PngOptions& options, std::size_t size);

// ---- the end of an image ----

// What predictor and decoder sampler begin with.
struct PngTail {
  Bytes filtered;             // whole rows of the image, each after its filter's number; or none
  std::vector<Byte> filters;  // of these rows, or of the one that isn't whole yet
  std::vector<bool> header;   // of the DEFLATE block that fits the end best
};

// What there is of the last rows, as many as DEFLATE's window holds and at least one, when the
// codec writes them as an image. As long as not even the first row is whole it is written as an
// image of one shorter row, and without a single pixel there is nothing but a block of fixed codes.
// REQUIRES: the options have a width.
[[nodiscard]] PngTail read_png_tail(const PngOptions& options, ByteView image);

}  // namespace zipdream
