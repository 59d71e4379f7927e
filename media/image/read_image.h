// SPDX-License-Identifier: Apache-2.0
// Reads images: PNM and WebP here, all else by OpenCV.
#pragma once

#include <cstddef>

#include "media/image/imaging.h"
#include "zipdream/bytes.h"

namespace zipdream {

[[nodiscard]] bool is_pnm_or_pam(ByteView file);

// The first image of the file, alpha dropped. Throws Error when it breaks off, is damaged, or needs
// more than `max_bytes`. REQUIRES: is_pnm_or_pam(file).
[[nodiscard]] Image decode_pnm(ByteView file, std::size_t max_bytes);

// The container of WebP: what OpenCV doesn't look at, animations and the EXIF orientation.

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

// Image files to pixels: what OpenCV reads (imaging.h), and what it doesn't, or reads wrongly. PNM
// and PAM are read here and need no OpenCV.

// As Imaging::decode() promises, and of a file in PNM or PAM the values up to its maxval scaled to
// 0..255, of an animated WebP the first frame on black, of any WebP the EXIF orientation. Throws
// Error as it does.
[[nodiscard]] Image read_image(ByteView file, std::size_t max_bytes);

}  // namespace zipdream
