// SPDX-License-Identifier: Apache-2.0
// Image files of every shape that the tests need, most of them made byte by byte.
#pragma once

#include <cstdint>
#include <string>

#include "media/image/imaging.h"
#include "zipdream/bytes.h"

namespace zipdream {

// No two pixels are alike as far as there are values, and each channel differs.
[[nodiscard]] Image sample_image(int width, int height, int channels);

[[nodiscard]] std::string png_chunk(const std::string& type, const std::string& data);

struct PngHeader {
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  std::uint8_t depth = 8;
  std::uint8_t color_type = 0;  // 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha
};
// `scanlines` are the bytes before compression, each line after its filter byte; `extra` are whole
// chunks.
[[nodiscard]] Bytes png_file(const PngHeader& header, const std::string& scanlines,
                             const std::string& extra = "");

// A 24 x 16 JPEG: red falls from top to bottom, green rises from left to right, blue is constant.
[[nodiscard]] Bytes ramp_jpeg();
// The same with an EXIF orientation, 1..8.
[[nodiscard]] Bytes turned_jpeg(char orientation);
// The same as gray values, in several scans.
[[nodiscard]] Bytes progressive_gray_jpeg();

}  // namespace zipdream
