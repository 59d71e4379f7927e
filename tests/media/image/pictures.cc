// SPDX-License-Identifier: Apache-2.0
#include "tests/media/image/pictures.h"

#include <zlib.h>

#include <fstream>
#include <iterator>

namespace zipdream {
namespace {

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

Bytes test_file(const std::string& name) {
  std::ifstream file(IMAGING_TEST_FILES "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Image sample_image(int width, int height, int channels) {
  Image image{.width = width, .height = height, .channels = channels, .pixels = {}};
  for (std::size_t i = 0; i < image.size_bytes(); ++i) {
    image.pixels.push_back(static_cast<Byte>(i * 37 + i / 256));
  }
  return image;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const ByteView bytes = as_bytes(body);
  const auto crc = static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(crc);
}

Bytes png_file(const PngHeader& header, const std::string& scanlines, const std::string& extra) {
  std::string deflated(compressBound(scanlines.size()), '\0');
  uLongf size = deflated.size();
  compress(reinterpret_cast<Bytef*>(deflated.data()), &size, as_bytes(scanlines).data(),
           scanlines.size());
  deflated.resize(size);
  const std::string fields = big_endian(header.width) + big_endian(header.height) +
                             static_cast<char>(header.depth) +
                             static_cast<char>(header.color_type) + std::string(3, '\0');
  return to_bytes("\x89PNG\r\n\x1a\n" + png_chunk("IHDR", fields) + extra +
                  png_chunk("IDAT", deflated) + png_chunk("IEND", ""));
}

Bytes ramp_jpeg() { return test_file("ramp.jpg"); }
Bytes progressive_gray_jpeg() { return test_file("gray.jpg"); }

// An APP1 segment right after the SOI marker, with a TIFF directory of one entry: tag 0x0112, a
// SHORT.
Bytes turned_jpeg(char orientation) {
  using namespace std::string_literals;
  const std::string exif =
      "Exif\0\0MM\0*\0\0\0\10"
      "\0\1\1\22\0\3\0\0\0\1\0"s +
      orientation + "\0\0\0\0\0\0"s;
  const auto length = static_cast<char>(exif.size() + 2);
  const Bytes segment = to_bytes("\xff\xe1\0"s + length + exif);
  Bytes file = ramp_jpeg();
  file.insert(file.begin() + 2, segment.begin(), segment.end());
  return file;
}

}  // namespace zipdream
