// SPDX-License-Identifier: Apache-2.0
#include "codecs/png/rows.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <memory>

#include "codecs/common/coding_loop.h"
#include "codecs/png/png.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "png";
constexpr std::size_t kZlibHeader = 2;
constexpr std::size_t kZlibTrailer = 4;
constexpr std::size_t kChunkFrame = 12;                // length, type, CRC
constexpr std::size_t kWindow = std::size_t{1} << 15;  // of DEFLATE

// The one of three neighbours that is nearest to left + above - upper_left.
Byte paeth(int left, int above, int upper_left) {
  const int to_left = std::abs(above - upper_left);
  const int to_above = std::abs(left - upper_left);
  const int to_corner = std::abs(left + above - 2 * upper_left);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<Byte>(left);
  return static_cast<Byte>(to_above <= to_corner ? above : upper_left);
}

Error refusal() { return library_failure(kName, "zlib refuses to compress the rows"); }

Bytes zlib_stream(ByteView text, int level) {
  Bytes stream(compressBound(text.size()));
  uLongf size = stream.size();
  if (compress2(stream.data(), &size, text.data(), text.size(), level) != Z_OK) throw refusal();
  stream.resize(size);
  return stream;
}

// By Z_FILTERED and the largest memLevel.
Bytes zlib_stream_for_filtered(ByteView text, int level) {
  z_stream zlib{};
  constexpr int kWindowBits = 15;
  if (deflateInit2(&zlib, level, Z_DEFLATED, kWindowBits, MAX_MEM_LEVEL, Z_FILTERED) != Z_OK) {
    throw refusal();
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&zlib, deflateEnd);
  Bytes stream(deflateBound(&zlib, text.size()));
  // zlib's own counts have 32 bits; an image has 1 GiB at most (png.cc).
  zlib.next_in = const_cast<Byte*>(text.data());
  zlib.avail_in = static_cast<uInt>(text.size());
  zlib.next_out = stream.data();
  zlib.avail_out = static_cast<uInt>(stream.size());
  if (::deflate(&zlib, Z_FINISH) != Z_STREAM_END) throw refusal();
  stream.resize(zlib.total_out);
  return stream;
}

}  // namespace

Byte png_prediction(int filter, Byte left, Byte above, Byte upper_left) {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return static_cast<Byte>((left + above) / 2);
    case 4:
      return paeth(left, above, upper_left);
    default:
      return 0;
  }
}

void append_filtered_row(int filter, ByteView row, ByteView above, std::size_t pixel_bytes,
                         Bytes& out) {
  assert(above.empty() || above.size() >= row.size());
  out.push_back(static_cast<Byte>(filter));
  const auto at = [](ByteView bytes, std::size_t i) { return bytes.empty() ? Byte{0} : bytes[i]; };
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool has_left = i >= pixel_bytes;
    const Byte left = has_left ? row[i - pixel_bytes] : Byte{0};
    const Byte upper_left = has_left ? at(above, i - pixel_bytes) : Byte{0};
    const Byte prediction = png_prediction(filter, left, at(above, i), upper_left);
    out.push_back(static_cast<Byte>(row[i] - prediction));
  }
}

int choose_filter(ByteView row, ByteView above, std::size_t pixel_bytes, PngFilters filters) {
  std::array<std::uint64_t, kPngFilters> sums{};
  const auto at = [](ByteView bytes, std::size_t i) { return bytes.empty() ? Byte{0} : bytes[i]; };
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool has_left = i >= pixel_bytes;
    const Byte left = has_left ? row[i - pixel_bytes] : Byte{0};
    const Byte upper_left = has_left ? at(above, i - pixel_bytes) : Byte{0};
    for (int filter = 0; filter < kPngFilters; ++filter) {
      const auto residual =
          static_cast<Byte>(row[i] - png_prediction(filter, left, at(above, i), upper_left));
      sums[filter] += residual < 128 ? residual : 256U - residual;
    }
  }
  if (filters == PngFilters::kAll) {
    return static_cast<int>(std::min_element(sums.begin(), sums.end()) - sums.begin());
  }
  constexpr std::array<int, 4> kOrder = {0, 2, 1, 4};  // None, Up, Sub, Paeth
  return *std::ranges::min_element(kOrder, {}, [&](int filter) { return sums[filter]; });
}

PngRows read_png_rows(ByteView file, std::size_t max_size) {
  PngRows rows{.shape = take_png_header(file), .stream = {}, .blocks = {}};
  if (rows.shape.size_bytes() > max_size) throw too_large(kName, max_size);
  for (PngChunk chunk; chunk.type != "IEND";) {
    chunk = take_png_chunk(file);
    if (chunk.type == "IDAT") {
      rows.stream.insert(rows.stream.end(), chunk.data.begin(), chunk.data.end());
    }
  }
  if (rows.stream.size() < kZlibHeader) throw truncated(kName);
  rows.stream.erase(rows.stream.begin(), rows.stream.begin() + kZlibHeader);
  rows.blocks = deflate::find_blocks(rows.stream, rows.shape.height * (1 + rows.shape.row_bytes()));
  return rows;
}

Bytes filter_rows(const PngShape& shape, ByteView pixels, PngFilters filters) {
  assert(pixels.size() == shape.size_bytes());
  Bytes text;
  text.reserve(shape.height * (1 + shape.row_bytes()));
  ByteView above;
  for (std::size_t y = 0; y < shape.height; ++y) {
    const ByteView row = pixels.subspan(y * shape.row_bytes(), shape.row_bytes());
    append_filtered_row(choose_filter(row, above, shape.channels, filters), row, above,
                        shape.channels, text);
    above = row;
  }
  return text;
}

Bytes write_png_rows(const PngShape& shape, ByteView filtered, int level, PngFilters filters) {
  assert(filtered.size() == shape.height * (1 + shape.row_bytes()));
  const Bytes stream = filters == PngFilters::kAll ? zlib_stream(filtered, level)
                                                   : zlib_stream_for_filtered(filtered, level);
  Bytes file = png_header(shape);
  append_png_chunk(file, "IDAT", stream);
  append_png_chunk(file, "IEND", {});
  return file;
}

std::size_t png_bytes_around(const PngOptions& options, std::size_t size) {
  const bool is_padded = png_shape(options, size).size_bytes() != size;
  return kPngHeaderEnd + (is_padded ? kChunkFrame + 8 : 0) + kChunkFrame + kZlibHeader +
         kZlibTrailer + kChunkFrame;
}

PngTail read_png_tail(const PngOptions& options, ByteView image) {
  assert(options.width > 0);
  PngTail tail;
  PngOptions written = options;
  std::size_t row_bytes = options.width * options.channels;
  const bool is_whole = image.size() >= row_bytes;
  if (!is_whole) {
    written.width = image.size() / options.channels;
    row_bytes = written.width * options.channels;
  }
  if (row_bytes == 0) {
    tail.header = {false, true, false};
    return tail;
  }
  const std::size_t rows = image.size() / row_bytes;
  const std::size_t kept = std::min(rows, std::max<std::size_t>(1, kWindow / (1 + row_bytes)));
  const ByteView pixels = image.subspan((rows - kept) * row_bytes, kept * row_bytes);
  const PngRows read = read_png_rows(make_png(written)->compress(pixels), pixels.size());
  const Bytes& text = read.blocks.text;
  for (std::size_t i = 0; i < text.size(); i += 1 + row_bytes) tail.filters.push_back(text[i]);
  if (is_whole) tail.filtered = text;
  tail.header = deflate::header_bits(read.stream, deflate::representative_header(read.blocks));
  return tail;
}

}  // namespace zipdream
