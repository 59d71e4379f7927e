// SPDX-License-Identifier: Apache-2.0
#include "codecs/png/tail.h"

#include <algorithm>
#include <cassert>

#include "codecs/png/png.h"

namespace zipdream {
namespace {

constexpr std::size_t kWindow = std::size_t{1} << 15;

}  // namespace

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
  tail.header = deflate::header_bits(read.stream, deflate::telling_header(read.blocks));
  return tail;
}

}  // namespace zipdream
