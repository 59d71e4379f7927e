// SPDX-License-Identifier: Apache-2.0
#include "media/image/read_image.h"

#include <algorithm>
#include <string>
#include <utility>

#include "media/image/pnm.h"
#include "media/image/webp_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// The pixel (x, y) of the result is the pixel from(x, y) of the image.
template <class From>
Image rearranged(const Image& image, bool swaps_sides, From from) {
  Image result{image.width, image.height, image.channels, Bytes(image.pixels.size())};
  if (swaps_sides) std::swap(result.width, result.height);
  const auto channels = static_cast<std::size_t>(image.channels);
  auto out = result.pixels.begin();
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const auto [column, row] = from(x, y);
      const std::size_t at = static_cast<std::size_t>(row) * image.row_bytes() +
                             static_cast<std::size_t>(column) * channels;
      out = std::copy_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(at), channels, out);
    }
  }
  return result;
}

// As EXIF means the numbers: 3 is upside down, 6 lies on its left side, 8 on its right, and 2, 4, 5
// and 7 are mirrored too.
Image upright(Image image, int orientation) {
  if (orientation == 1) return image;
  const int right = image.width - 1, bottom = image.height - 1;
  return rearranged(image, orientation >= 5, [&](int x, int y) -> std::pair<int, int> {
    switch (orientation) {
      case 2:
        return {right - x, y};
      case 3:
        return {right - x, bottom - y};
      case 4:
        return {x, bottom - y};
      case 5:
        return {y, x};
      case 6:
        return {y, bottom - x};
      case 7:
        return {right - y, bottom - x};
      default:
        return {right - y, x};
    }
  });
}

// A frame that covers a part of its animation, on black.
Image on_canvas(const Image& frame, const WebpFile& webp, std::size_t max_bytes) {
  const auto width = static_cast<std::size_t>(frame.width);
  const auto height = static_cast<std::size_t>(frame.height);
  if (width == webp.width && height == webp.height) return frame;
  const auto channels = static_cast<std::size_t>(frame.channels);
  if (webp.x + width > webp.width || webp.y + height > webp.height) {
    throw Error("damaged image file (a frame beyond its animation); get an intact copy of it");
  }
  if (webp.height > max_bytes / (webp.width * channels)) {
    throw Error("the image is too large: " + std::to_string(webp.width) + " x " +
                std::to_string(webp.height) + " pixels need more than " +
                std::to_string(max_bytes) + " bytes; shrink it first");
  }
  Image canvas{static_cast<int>(webp.width), static_cast<int>(webp.height), frame.channels,
               Bytes(webp.width * webp.height * channels)};
  for (std::size_t y = 0; y < height; ++y) {
    const ByteView row = ByteView(frame.pixels).subspan(y * frame.row_bytes(), frame.row_bytes());
    const std::size_t at = (webp.y + y) * canvas.row_bytes() + webp.x * channels;
    std::ranges::copy(row, canvas.pixels.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return canvas;
}

Image read_webp(ByteView file, std::size_t max_bytes) {
  const WebpFile webp = parse_webp(file);
  if (webp.first_frame.empty()) {
    return upright(imaging().decode(file, max_bytes), webp.orientation);
  }
  const Image frame = imaging().decode(webp.first_frame, max_bytes);
  return upright(on_canvas(frame, webp, max_bytes), webp.orientation);
}

}  // namespace

Image read_image(ByteView file, std::size_t max_bytes) {
  if (is_pnm_or_pam(file)) return decode_pnm(file, max_bytes);
  if (is_webp(file)) return read_webp(file, max_bytes);
  return imaging().decode(file, max_bytes);
}

}  // namespace zipdream
