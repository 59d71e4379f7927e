// SPDX-License-Identifier: Apache-2.0
// Image files to pixels and back. What OpenCV 4.6 does and this makes good: it allocates what a
// header asks for (announced_size.h looks first for PNG and JPEG; the other formats end at OpenCV's
// own limit of 2^30 pixels), it lets truncated JPEG files pass as gray below the break, and its
// libraries complain on stderr.
#include <algorithm>
#include <cassert>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "media/image/opencv/announced_size.h"
#include "media/image/opencv/captured_stderr.h"
#include "media/image/opencv/operations.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

void check_size(std::size_t width, std::size_t height, std::size_t channels,
                std::size_t max_bytes) {
  // No product overflows: the formats hold at most 2^32 - 1 in each direction.
  if (width > 0 && height > max_bytes / (width * channels)) {
    throw Error("the image is too large: " + std::to_string(width) + " x " +
                std::to_string(height) + " pixels need more than " + std::to_string(max_bytes) +
                " bytes; shrink it first");
  }
}

// A decoder's own words about damage that it found, "" if it found none. Libjpeg's "extraneous
// bytes before marker" is not counted: photos of some cameras have them and are whole.
std::string reason_in(const std::string& text) {
  for (const std::string mark : {"libpng error: ", "Corrupt JPEG data: premature end",
                                 "Corrupt JPEG data: bad", "Corrupt JPEG data: found"}) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) {
      const std::size_t begin = text.find(": ", at) + 2;
      return " (" + text.substr(begin, text.find('\n', begin) - begin) + ")";
    }
  }
  return "";
}

Error unreadable(bool known_format, const std::string& reason) {
  return known_format ? Error("damaged image file" + reason + "; get an intact copy of it")
                      : Error(
                            "damaged, or no image in a known format; give a PNG, JPEG, BMP, TIFF, "
                            "WebP or PNM file");
}

struct Decoded {
  cv::Mat pixels;    // empty if OpenCV found no image
  std::string text;  // what its decoders wrote to stderr
};

Decoded decode_quietly(ByteView file) {
  const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8U, const_cast<Byte*>(file.data()));
  Decoded decoded;
  const CapturedStderr captured;
  try {
    decoded.pixels =
        cv::imdecode(bytes, cv::IMREAD_ANYCOLOR);  // 8 bits, gray or BGR, turned by EXIF
  } catch (const cv::Exception&) {
    decoded.pixels.release();  // reported as unreadable below
  }
  decoded.text = captured.text();
  return decoded;
}

}  // namespace

Image decode_image(ByteView file, std::size_t max_bytes) {
  const auto announced = announced_size(file);
  if (announced) check_size(announced->width, announced->height, announced->channels, max_bytes);
  if (file.empty() || file.size() > std::numeric_limits<int>::max()) throw unreadable(false, "");
  const Decoded decoded = decode_quietly(file);
  const std::string reason = reason_in(decoded.text);
  const cv::Mat& pixels = decoded.pixels;
  // libjpeg carries on after an error that it could hear; what it makes up is no part of the image.
  if (pixels.empty() || !reason.empty()) throw unreadable(announced.has_value(), reason);
  check_size(static_cast<std::size_t>(pixels.cols), static_cast<std::size_t>(pixels.rows),
             static_cast<std::size_t>(pixels.channels()), max_bytes);
  Image image = blank_image(pixels.cols, pixels.rows, pixels.channels());
  cv::Mat out = view_of(image);
  if (image.channels == 3) {
    cv::cvtColor(pixels, out, cv::COLOR_BGR2RGB);
  } else {
    pixels.copyTo(out);
  }
  return image;
}

Bytes encode_png_image(const Image& image, int level) {
  assert(image.width >= 1 && image.height >= 1);
  cv::Mat pixels = view_of(image);
  if (image.channels == 3) {
    cv::Mat swapped;
    cv::cvtColor(pixels, swapped, cv::COLOR_RGB2BGR);
    pixels = swapped;
  }
  Bytes file;
  // Naming a level also sets libpng's default strategy and filters, in place of OpenCV's fast ones.
  if (!cv::imencode(".png", pixels, file, {cv::IMWRITE_PNG_COMPRESSION, level})) {
    throw Error("OpenCV cannot write this image as PNG; its sides may be at most 1000000 pixels");
  }
  return file;
}

}  // namespace zipdream
