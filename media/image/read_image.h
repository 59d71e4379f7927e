// SPDX-License-Identifier: Apache-2.0
// Image files to pixels: what OpenCV reads (imaging.h), and what it doesn't, or reads wrongly. PNM
// and PAM are read here and need no OpenCV.
#pragma once

#include <cstddef>

#include "media/image/imaging.h"
#include "zipdream/bytes.h"

namespace zipdream {

// As Imaging::decode() promises, and of a file in PNM or PAM the values up to its maxval scaled to
// 0..255, of an animated WebP the first frame on black, of any WebP the EXIF orientation. Throws
// Error as it does.
[[nodiscard]] Image read_image(ByteView file, std::size_t max_bytes);

}  // namespace zipdream
