// SPDX-License-Identifier: Apache-2.0
#include "codecs/png/format.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "codecs/common/coding_loop.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "png";
constexpr std::size_t kChunkFrame = 4 + 4 + 4;  // length, type, CRC
constexpr std::size_t kHeaderSize = 13;
constexpr Byte kDepth = 8;
constexpr Byte kGray = 0;  // colour types
constexpr Byte kRgb = 2;

std::uint32_t crc(ByteView type_and_data) {
  return static_cast<std::uint32_t>(crc32_z(0, type_and_data.data(), type_and_data.size()));
}

std::size_t square_root(std::size_t n) {
  auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(n)));
  while (root * root > n) --root;
  while ((root + 1) * (root + 1) <= n) ++root;
  return root;
}

// The two closest factors of n, or the sides of a nearly square image of more than n pixels.
PngShape fold(std::size_t n) {
  const std::size_t root = square_root(n);
  for (std::size_t height = root; height > 0 && n / height <= kMaxPngSide; --height) {
    if (n % height == 0) return {n / height, height};
  }
  if (n == 0) return {};
  return {(n + root - 1) / root, root};
}

}  // namespace

PngOptions png_options(const Spec& spec) {
  if (spec.number("channels") != 1 && !spec.has("width")) {
    throw Error(Error::Kind::kUsage, spec.text(), "channels need a width",
                "try " + spec.name() + ":9,width=640,channels=3");
  }
  const bool is_png = spec.name() == "png";  // webp chooses for itself
  const bool has_average = !is_png || spec.get("filters") == "all";
  const PngFilters filters = has_average ? PngFilters::kAll : PngFilters::kNoAverage;
  return {.level = static_cast<int>(spec.number("level")),
          .width = spec.number("width"),
          .channels = spec.number("channels"),
          .filters = filters};
}

void adapt_png_spec(Spec& spec, const MediaShape& shape) {
  if (!shape.rows || shape.has_window || spec.has("width")) return;
  spec.set("width", std::to_string(shape.rows->width));
  spec.set("channels", std::to_string(shape.rows->channels));
}

PngShape png_shape(const PngOptions& options, std::size_t size) {
  if (options.width == 0) return fold(size);
  const std::size_t row = options.width * options.channels;
  return {options.width, std::max<std::size_t>(1, (size + row - 1) / row), options.channels};
}

PngOptions png_continued(const PngOptions& options, std::size_t size) {
  PngOptions result = options;
  if (options.width == 0) {
    result.width = fold(size - size % std::bit_floor(std::max<std::size_t>(1, size / 16))).width;
  }
  return result;
}

// ---- the file ----

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return value;
}

void append_big_endian(Bytes& out, std::uint64_t value, int size) {
  for (int i = size - 1; i >= 0; --i) out.push_back(static_cast<Byte>(value >> (8 * i)));
}

PngShape take_png_header(ByteView& rest) {
  if (!as_chars(rest).starts_with(kPngSignature)) throw damaged(kName, "the signature is wrong");
  rest = rest.subspan(kPngSignature.size());
  const auto [type, data] = take_png_chunk(rest);
  if (type != "IHDR" || data.size() != kHeaderSize) throw damaged(kName, "no header");
  if (data[8] != kDepth || (data[9] != kGray && data[9] != kRgb)) {
    throw damaged(kName, "neither gray nor RGB at 8 bits");
  }
  const PngShape shape{static_cast<std::size_t>(read_big_endian(data.first(4))),
                       static_cast<std::size_t>(read_big_endian(data.subspan(4, 4))),
                       data[9] == kGray ? std::size_t{1} : std::size_t{3}};
  if (shape.width > kMaxPngSide || shape.height > kMaxPngSide) {
    throw damaged(kName, "a side is too long");
  }
  return shape;
}

PngChunk take_png_chunk(ByteView& rest) {
  if (rest.size() < kChunkFrame) throw truncated(kName);
  const std::uint64_t size = read_big_endian(rest.first(4));
  if (rest.size() - kChunkFrame < size) throw truncated(kName);
  const ByteView type_and_data = rest.subspan(4, 4 + size);
  if (crc(type_and_data) != read_big_endian(rest.subspan(8 + size, 4))) {
    throw damaged(kName, "a CRC is wrong");
  }
  rest = rest.subspan(kChunkFrame + size);
  return {as_chars(type_and_data.first(4)), type_and_data.subspan(4)};
}

void append_png_chunk(Bytes& file, std::string_view type, ByteView data) {
  append_big_endian(file, data.size(), 4);
  const std::size_t begin = file.size();
  file.insert(file.end(), type.begin(), type.end());
  file.insert(file.end(), data.begin(), data.end());
  append_big_endian(file, crc(ByteView(file).subspan(begin)), 4);
}

Bytes png_header(const PngShape& shape) {
  Bytes header;
  append_big_endian(header, shape.width, 4);
  append_big_endian(header, shape.height, 4);
  const Byte colour = shape.channels == 1 ? kGray : kRgb;
  header.insert(header.end(), {kDepth, colour, 0, 0, 0});  // the only methods; not interlaced
  Bytes file = to_bytes(kPngSignature);
  append_png_chunk(file, "IHDR", header);
  return file;
}

}  // namespace zipdream
