// SPDX-License-Identifier: Apache-2.0
// Images and sounds as the data sets of "Language Modeling Is Compression": cut into pieces of one
// size each, and nothing else of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

struct Pieces {
  Bytes bytes;                 // piece after piece
  std::uint64_t left_out = 0;  // bytes that fill no piece
};

// The sides of the patch of so many pixels: the two closest factors, no fewer columns than rows
// (2048: 32 rows of 64). REQUIRES: size > 0.
struct PatchSides {
  std::size_t rows = 1;
  std::size_t columns = 1;
};
[[nodiscard]] PatchSides patch_sides(std::size_t size);

// The gray patches of an image from the top left, row after row of patches, each row by row; what
// is left at the right and at the bottom is left out. Throws Error when `file` is no image.
[[nodiscard]] Pieces image_patches(ByteView file, std::size_t patch_size);

// A sound of 16 kHz and 8 bits, in pieces; what is left at its end is left out. Throws Error when
// `file` is no sound.
[[nodiscard]] Pieces sound_pieces(ByteView file, std::size_t piece_size);

}  // namespace zipdream
