// SPDX-License-Identifier: Apache-2.0
// What a PNG or JPEG file says of itself before a pixel is decoded. OpenCV allocates whatever the
// header asks for, and takes a JPEG file that breaks off for a whole one; this looks first.
#pragma once

#include <cstddef>
#include <optional>

#include "zipdream/bytes.h"

namespace zipdream {

struct AnnouncedSize {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;  // as decoded: 1 or 3
};

// Nothing when the file is neither PNG nor JPEG; OpenCV decides then. Throws Error for a PNG or
// JPEG that ends before its frame header, and for a JPEG that ends before its end-of-image marker.
[[nodiscard]] std::optional<AnnouncedSize> announced_size(ByteView file);

}  // namespace zipdream
