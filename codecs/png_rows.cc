// SPDX-License-Identifier: Apache-2.0
#include "codecs/png_rows.h"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "codecs/coding_loop.h"
#include "codecs/png_chunks.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "png";
constexpr std::size_t kZlibHeader = 2;

// The one of three neighbours that is nearest to left + above - upper_left.
Byte paeth(int left, int above, int upper_left) {
  const int to_left = std::abs(above - upper_left);
  const int to_above = std::abs(left - upper_left);
  const int to_corner = std::abs(left + above - 2 * upper_left);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<Byte>(left);
  return static_cast<Byte>(to_above <= to_corner ? above : upper_left);
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

int choose_filter(ByteView row, ByteView above, std::size_t pixel_bytes) {
  int chosen = 0;
  std::uint64_t least = UINT64_MAX;
  for (int filter = 0; filter < kPngFilters; ++filter) {
    Bytes filtered;
    append_filtered_row(filter, row, above, pixel_bytes, filtered);
    std::uint64_t sum = 0;
    for (const Byte residual : ByteView(filtered).subspan(1)) {
      sum += residual < 128 ? residual : 256U - residual;
    }
    if (sum < least) {
      least = sum;
      chosen = filter;
    }
  }
  return chosen;
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

Bytes write_png_rows(const PngShape& shape, ByteView filtered) {
  assert(filtered.size() == shape.height * (1 + shape.row_bytes()));
  Bytes stream(compressBound(filtered.size()));
  uLongf size = stream.size();
  if (compress2(stream.data(), &size, filtered.data(), filtered.size(), Z_NO_COMPRESSION) != Z_OK) {
    throw library_failure(kName, "zlib refuses to store the rows");
  }
  Bytes file = png_header(shape);
  append_png_chunk(file, "IDAT", ByteView(stream).first(size));
  append_png_chunk(file, "IEND", {});
  return file;
}

}  // namespace zipdream
