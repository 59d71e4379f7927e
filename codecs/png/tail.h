// SPDX-License-Identifier: Apache-2.0
// What the codec PNG would write for the end of an image: what its law reads and its dream begins
// with.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "codecs/png/rows.h"
#include "codecs/png/shape.h"
#include "zipdream/bytes.h"

namespace zipdream {

struct PngTail {
  Bytes filtered;             // whole rows of the image, each after its filter's number; or none
  std::vector<Byte> filters;  // of these rows, or of the one that isn't whole yet
  std::vector<bool> header;   // of the DEFLATE block that tells most of the end
};

// What there is of the last rows, as many as DEFLATE's window holds and at least one, when the
// codec writes them as an image. As long as not even the first row is whole it is written as an
// image of one shorter row, and without a single pixel there is nothing but a block of fixed codes.
// REQUIRES: options have a width.
[[nodiscard]] PngTail read_png_tail(const PngOptions& options, ByteView image);

}  // namespace zipdream
