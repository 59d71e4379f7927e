// SPDX-License-Identifier: Apache-2.0
#include "media/image/opencv/announced_size.h"

#include <algorithm>
#include <array>
#include <string>

#include "zipdream/error.h"

namespace zipdream {
namespace {

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

}  // namespace

std::optional<AnnouncedSize> announced_size(ByteView file) {
  if (starts_with(file, kPngSignature)) return png_size(file);
  if (starts_with(file, kJpegSignature)) return jpeg_size(file);
  return std::nullopt;
}

}  // namespace zipdream
