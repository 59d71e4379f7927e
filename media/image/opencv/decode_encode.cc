// SPDX-License-Identifier: Apache-2.0
// Image files to pixels and back. What OpenCV 4.6 does and this makes good: it allocates what a
// header asks for (so PNG and JPEG files are looked into first; the other formats end at OpenCV's
// own limit of 2^30 pixels), it lets truncated JPEG files pass as gray below the break, and its
// libraries print what they find wrong (complaints.h).
#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <string>
#include <vector>

#include "media/image/opencv/complaints.h"
#include "media/image/opencv/operations.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// ---- What a PNG or JPEG file says of itself, before a pixel is decoded ----

constexpr std::array<Byte, 8> kPngSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::size_t kPngHeader = 16;  // where the fields of IHDR begin
constexpr std::array<Byte, 3> kJpegSignature = {0xff, 0xd8, 0xff};
constexpr Byte kEndOfImage = 0xd9, kStartOfScan = 0xda;

bool starts_with(ByteView file, ByteView signature) {
  return file.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), file.begin());
}

Error truncated(const char* format) {
  return Error(std::string("truncated ") + format + " file; get a complete copy of it");
}

std::size_t big_endian(ByteView bytes) {
  std::size_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return value;
}

struct AnnouncedSize {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;  // as decoded: 1 or 3
};

// A PNG file is its signature and then chunks: length (4), type (4), data, CRC (4). The first is
// IHDR: width (4), height (4), bit depth, colour type, ... Colour types 0 and 4 are gray; OpenCV
// makes RGB of 4.
AnnouncedSize png_size(ByteView file) {
  if (file.size() < kPngHeader + 13) throw truncated("PNG");
  const ByteView header = file.subspan(kPngHeader);
  return {big_endian(header.first(4)), big_endian(header.subspan(4, 4)), header[9] == 0 ? 1U : 3U};
}

// Where entropy-coded data that starts at `at` ends: at the next FF that is neither stuffed (FF00)
// nor a restart marker (FFD0..FFD7).
std::size_t end_of_scan(ByteView file, std::size_t at) {
  while (at + 1 < file.size()) {
    const Byte next = file[at + 1];
    if (file[at] == 0xff && next != 0 && next != 0xff && (next & 0xf8) != 0xd0) return at;
    ++at;
  }
  throw truncated("JPEG");
}

// Markers that stand alone: TEM, the restart markers, a further SOI.
bool has_no_segment(Byte marker) {
  return marker == 0x01 || (marker & 0xf8) == 0xd0 || marker == 0xd8;
}

// SOF0..SOF15 but for DHT, JPG and DAC, which share their range.
bool is_frame_header(Byte marker) {
  return (marker & 0xf0) == 0xc0 && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// A JPEG file is markers FFxx, most of them with a segment: length (2, itself included), data. The
// frame header SOFn holds: precision, height (2), width (2), components. After a scan header SOS
// stands entropy-coded data.
AnnouncedSize jpeg_size(ByteView file) {
  AnnouncedSize size;
  std::size_t at = 2;
  while (at + 2 <= file.size()) {
    const Byte marker = file[at + 1];
    if (file[at] != 0xff || marker == 0xff || marker == 0) {
      ++at;  // padding, or bytes that belong to nothing: decoders skip them
      continue;
    }
    if (marker == kEndOfImage) {
      if (size.channels == 0) break;  // an end without a frame
      return size;
    }
    if (has_no_segment(marker) || at + 4 > file.size()) {
      at += 2;
      continue;
    }
    if (is_frame_header(marker) && at + 10 <= file.size()) {
      size.height = big_endian(file.subspan(at + 5, 2));
      size.width = big_endian(file.subspan(at + 7, 2));
      size.channels = file[at + 9] == 1 ? 1 : 3;
    }
    at += 2 + big_endian(file.subspan(at + 2, 2));
    if (marker == kStartOfScan) at = end_of_scan(file, at);
  }
  throw truncated("JPEG");
}

// Nothing when the file is neither PNG nor JPEG; OpenCV decides then. Throws Error for a PNG or
// JPEG that ends before its frame header, and for a JPEG that ends before its end-of-image marker.
std::optional<AnnouncedSize> announced_size(ByteView file) {
  if (starts_with(file, kPngSignature)) return png_size(file);
  if (starts_with(file, kJpegSignature)) return jpeg_size(file);
  return std::nullopt;
}

// ---- Decoding ----

void check_size(std::size_t width, std::size_t height, std::size_t channels,
                std::size_t max_bytes) {
  // No product overflows: the formats hold at most 2^32 - 1 in each direction.
  if (width > 0 && height > max_bytes / (width * channels)) {
    throw Error("the image is too large: " + std::to_string(width) + " x " +
                std::to_string(height) + " pixels need more than " + std::to_string(max_bytes) +
                " bytes; shrink it first");
  }
}

Error unreadable(bool known_format, const std::string& reason) {
  const std::string words = reason.empty() ? "" : " (" + reason + ")";
  return known_format
             ? Error("damaged image file" + words + "; get an intact copy of it")
             : Error(
                   "damaged, or no image in a known format, or of a kind that is not read; "
                   "convert it to PNG");
}

// Whether it is a BMP of OS/2, whose header has 12 bytes, in colours: three bytes per pixel, or a
// palette of three bytes per entry that are not alike. OpenCV takes it for gray.
bool is_color_of_os2(ByteView file) {
  constexpr std::size_t kHeaderSize = 14, kBitsPerPixel = 24, kPalette = 26;
  if (file.size() < kPalette || file[0] != 'B' || file[1] != 'M') return false;
  if (file[kHeaderSize] != 12) return false;
  if (file[kBitsPerPixel] > 8) return true;
  const std::size_t end =
      std::min(kPalette + 3 * (std::size_t{1} << file[kBitsPerPixel]), file.size());
  for (std::size_t i = kPalette; i + 3 <= end; i += 3) {
    if (file[i] != file[i + 1] || file[i] != file[i + 2]) return true;
  }
  return false;
}

// OpenEXR: OpenCV cuts its floats to whole numbers, 0 and 1, where 8 bits are asked for.
constexpr std::array<Byte, 4> kExrSignature = {'v', '/', '1', 1};

int decode_flags(ByteView file) {
  if (starts_with(file, kExrSignature)) return cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH;
  return is_color_of_os2(file) ? cv::IMREAD_COLOR : cv::IMREAD_ANYCOLOR;
}

// 8 bits, gray or BGR, turned by EXIF; empty if OpenCV finds no image.
cv::Mat decode_pixels(ByteView file) {
  const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8U, const_cast<Byte*>(file.data()));
  try {
    cv::Mat pixels = cv::imdecode(bytes, decode_flags(file));
    if (pixels.depth() == CV_32F) pixels.convertTo(pixels, CV_8U, 255);
    return pixels;
  } catch (const cv::Exception&) {
    return {};
  }
}

}  // namespace

Image decode_image(ByteView file, std::size_t max_bytes) {
  const auto announced = announced_size(file);
  if (announced) check_size(announced->width, announced->height, announced->channels, max_bytes);
  if (file.empty() || file.size() > std::numeric_limits<int>::max()) throw unreadable(false, "");
  const Complaints complaints;
  const cv::Mat pixels = decode_pixels(file);
  // libjpeg carries on after an error; what it makes up is no part of the image.
  if (pixels.empty() || !complaints.damage().empty()) {
    throw unreadable(announced.has_value(), complaints.damage());
  }
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
