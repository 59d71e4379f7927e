// SPDX-License-Identifier: Apache-2.0
// The inside of a PNG file: rows of pixels of which each has become a filter's number and what that
// filter's prediction leaves over (PNG specification, third edition, section 9), and all of them
// one DEFLATE stream.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codecs/deflate/block_headers.h"
#include "codecs/png/shape.h"
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
// residuals, the first among equals. REQUIRES: as above.
[[nodiscard]] int choose_filter(ByteView row, ByteView above, std::size_t pixel_bytes);

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
[[nodiscard]] Bytes filter_rows(const PngShape& shape, ByteView pixels);

// A file whose DEFLATE stream holds these filtered rows, compressed at zlib's level 0 (merely
// stored) .. 9; all of it in one IDAT chunk. REQUIRES: filtered.size() == height x (1 +
// row_bytes).
[[nodiscard]] Bytes write_png_rows(const PngShape& shape, ByteView filtered, int level);

// The size of such a file of `size` bytes of an image without its bare DEFLATE stream; with the
// chunk that keeps the size, where rows had to be completed (png.cc).
[[nodiscard]] std::size_t png_bytes_around(const PngOptions& options, std::size_t size);

}  // namespace zipdream
