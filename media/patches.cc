// SPDX-License-Identifier: Apache-2.0
#include "media/patches.h"

#include "base/files.h"
#include "media/image/imaging.h"
#include "media/media_job.h"

namespace zipdream {

PatchSides patch_sides(std::size_t size) {
  PatchSides sides{1, size};
  for (std::size_t rows = 1; rows * rows <= size; ++rows) {
    if (size % rows == 0) sides = {rows, size / rows};
  }
  return sides;
}

Pieces image_patches(ByteView file, std::size_t patch_size) {
  const Image image = imaging().to_gray(imaging().decode(file, kMaxInputBytes));
  const auto [rows, columns] = patch_sides(patch_size);
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  Pieces pieces;
  for (std::size_t top = 0; top + rows <= height; top += rows) {
    for (std::size_t left = 0; left + columns <= width; left += columns) {
      for (std::size_t y = top; y < top + rows; ++y) {
        const ByteView row = ByteView(image.pixels).subspan(y * width + left, columns);
        pieces.bytes.insert(pieces.bytes.end(), row.begin(), row.end());
      }
    }
  }
  pieces.left_out = image.pixels.size() - pieces.bytes.size();
  return pieces;
}

Pieces sound_pieces(ByteView file, std::size_t piece_size) {
  Pieces pieces{.bytes = audio_bytes(file, {.rate = 16000, .format = SampleFormat::kU8})};
  pieces.left_out = pieces.bytes.size() % piece_size;
  pieces.bytes.resize(pieces.bytes.size() - pieces.left_out);
  return pieces;
}

}  // namespace zipdream
