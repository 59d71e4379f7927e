// SPDX-License-Identifier: Apache-2.0
// The inside of a PNG file: rows of pixels of which each has become a filter's number and what that
// filter's prediction leaves over (PNG specification, third edition, section 9), and all of them
// one DEFLATE stream.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codecs/deflate/block_headers.h"
#include "codecs/png_shape.h"

namespace zipdream {

inline constexpr int kPngFilters = 5;  // None, Sub, Up, Average, Paeth

// What filter 0 .. 4 predicts for a byte from those one pixel to the left, above and one pixel to
// the left of that one; 0 where there is none.
[[nodiscard]] Byte png_prediction(int filter, Byte left, Byte above, Byte upper_left);

// Appends a filtered row: the filter's number and, modulo 256, each byte less its prediction. `row`
// may be cut short. REQUIRES: `above` is at least as long as `row`, or empty if there is no row.
void append_filtered_row(int filter, ByteView row, ByteView above, std::size_t pixel_bytes,
                         Bytes& out);

// The filter with which libpng writes a row: that of the least sum of absolute residuals, the first
// among equals. REQUIRES: as above.
[[nodiscard]] int choose_filter(ByteView row, ByteView above, std::size_t pixel_bytes);

struct PngRows {
  PngShape shape;
  Bytes stream;            // bare DEFLATE
  deflate::Blocks blocks;  // its text: (height, 1 + row_bytes), each row after its filter's number
};

// Throws Error when the file isn't a whole gray or RGB image of 8 bits; total, in memory
// proportional to the file and `max_size`, the bytes of pixels that there may be.
[[nodiscard]] PngRows read_png_rows(ByteView file, std::size_t max_size);

// A file whose DEFLATE stream merely stores these filtered rows. REQUIRES: filtered.size() ==
// height x (1 + row_bytes).
[[nodiscard]] Bytes write_png_rows(const PngShape& shape, ByteView filtered);

}  // namespace zipdream
