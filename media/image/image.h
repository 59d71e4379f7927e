// SPDX-License-Identifier: Apache-2.0
// A picture in memory: 8 bits per sample, row-major from the top left, channels interleaved.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

struct Image {
  int width = 0;
  int height = 0;
  int channels = 1;  // 1 gray, 3 RGB in that order
  Bytes pixels;      // (height, width, channels)

  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  [[nodiscard]] std::size_t size_bytes() const {
    return row_bytes() * static_cast<std::size_t>(height);
  }
};

}  // namespace zipdream
