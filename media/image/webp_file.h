// SPDX-License-Identifier: Apache-2.0
// The container of WebP: what OpenCV doesn't look at, animations and the EXIF orientation.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

struct WebpFile {
  Bytes first_frame;  // of an animation, as a WebP file of its own; empty for a still image
  // Of the animation, in pixels, and where its first frame stands on it.
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t x = 0;
  std::size_t y = 0;
  int orientation = 1;  // 1 to 8, as EXIF has them; 1: as it is
};

[[nodiscard]] bool is_webp(ByteView file);

// Throws Error when the file breaks off. REQUIRES: is_webp(file).
[[nodiscard]] WebpFile parse_webp(ByteView file);

}  // namespace zipdream
