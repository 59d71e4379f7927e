// SPDX-License-Identifier: Apache-2.0
// PNG as the paper uses it: the bytes are the pixels of one gray 8-bit image, row by row, whose
// sides are the two closest factors of their number, the width not less than the height.
//
// There is no image without pixels, and no PNG reader takes a side beyond 1,000,000, which the
// factors of a large prime exceed. Such lengths (0, and those with a long factor) are padded with
// zeros to the next nearly square image, and the true length is kept in a private chunk right after
// IHDR, which every reader skips:
//
//   length  00 00 00 08
//   type    "zdLn"   (ancillary, private)
//   data    number of bytes, 64 bits, big-endian
//   CRC     of type and data, as in every chunk
//
// decompress() takes only streams whose chunks all carry the right CRC, more than image readers ask
// for.
#include <zlib.h>

#include <cmath>
#include <optional>

#include "codecs/coding_loop.h"
#include "codecs/factories.h"
#include "codecs/spec.h"
#include "imaging/imaging.h"

namespace zipdream {
namespace {

constexpr LevelRange kLevels{.min = 0, .max = 9, .fallback = 9};
constexpr std::string_view kName = "png";

constexpr std::size_t kMaxSide = 1'000'000;
constexpr std::size_t kMaxPixels = std::size_t{1} << 30;  // OpenCV reads no larger image

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kLengthType = "zdLn";
constexpr std::size_t kChunkFrame = 4 + 4 + 4;  // length, type, CRC
constexpr std::size_t kHeaderSize = 13;
constexpr std::size_t kHeaderEnd = 8 + kChunkFrame + kHeaderSize;

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return value;
}

void append_big_endian(Bytes& out, std::uint64_t value, int size) {
  for (int i = size - 1; i >= 0; --i) out.push_back(static_cast<Byte>(value >> (8 * i)));
}

std::uint32_t crc(ByteView type_and_data) {
  return static_cast<std::uint32_t>(crc32_z(0, type_and_data.data(), type_and_data.size()));
}

std::size_t square_root(std::size_t n) {
  auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(n)));
  while (root * root > n) --root;
  while ((root + 1) * (root + 1) <= n) ++root;
  return root;
}

struct Sides {
  std::size_t width;
  std::size_t height;
};

// The two closest factors of n, or the sides of a nearly square image of more than n pixels.
Sides choose_sides(std::size_t n) {
  const std::size_t root = square_root(n);
  for (std::size_t height = root; height > 0 && n / height <= kMaxSide; --height) {
    if (n % height == 0) return {n / height, height};
  }
  if (n == 0) return {1, 1};
  return {(n + root - 1) / root, root};
}

// The most pixels that choose_sides() gives n bytes: its padding is less than a column.
std::uint64_t padded_limit(std::uint64_t n) { return n + square_root(n) + 1; }

Bytes length_chunk(std::size_t length) {
  Bytes chunk;
  append_big_endian(chunk, 8, 4);
  chunk.insert(chunk.end(), kLengthType.begin(), kLengthType.end());
  append_big_endian(chunk, length, 8);
  append_big_endian(chunk, crc(ByteView(chunk).subspan(4)), 4);
  return chunk;
}

struct Chunk {
  std::string_view type;
  ByteView data;
};

// Takes the first chunk off `rest`.
Chunk take_chunk(ByteView& rest) {
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

// What the chunks say about the image, before a pixel of it is decoded.
struct Summary {
  std::uint64_t pixels;                 // of the image
  std::optional<std::uint64_t> length;  // in a zdLn chunk
};

// Throws Error unless the chunks are whole and those of a gray image.
Summary check_chunks(ByteView stream) {
  if (!as_chars(stream).starts_with(kSignature)) throw damaged(kName, "the signature is wrong");
  ByteView rest = stream.subspan(kSignature.size());
  Chunk chunk = take_chunk(rest);
  if (chunk.type != "IHDR" || chunk.data.size() != kHeaderSize) throw damaged(kName, "no header");
  if (chunk.data[8] != 8 || chunk.data[9] != 0) throw damaged(kName, "not gray at 8 bits");
  Summary summary{read_big_endian(chunk.data.first(4)) * read_big_endian(chunk.data.subspan(4, 4)),
                  {}};
  while (chunk.type != "IEND") {
    chunk = take_chunk(rest);
    if (chunk.type == kLengthType && chunk.data.size() == 8) {
      summary.length = read_big_endian(chunk.data);
    }
  }
  if (!rest.empty()) throw trailing_bytes(kName, rest.size());
  return summary;
}

class PngCodec final : public Codec {
 public:
  explicit PngCodec(int level) : level_(level) {}

  Bytes compress(ByteView data) const override {
    const auto [width, height] = choose_sides(data.size());
    if (width * height > kMaxPixels) {
      throw Error("png: an image has at most 1 GiB of pixels; use gzip or split the data");
    }
    Image image{.width = static_cast<int>(width),
                .height = static_cast<int>(height),
                .pixels = Bytes(data.begin(), data.end())};
    image.pixels.resize(width * height);
    Bytes stream = imaging().encode_png(image, level_);
    if (image.pixels.size() != data.size()) {
      const Bytes chunk = length_chunk(data.size());
      stream.insert(stream.begin() + kHeaderEnd, chunk.begin(), chunk.end());
    }
    return stream;
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const auto [pixels, length] = check_chunks(stream);
    if (length.value_or(pixels) > max_size) throw too_large(kName, max_size);
    if (pixels > kMaxPixels) throw damaged(kName, "more than 1 GiB of pixels");
    if (length && (*length > pixels || pixels > padded_limit(*length))) {
      throw damaged(kName, "the length doesn't fit the image");
    }
    Bytes data = imaging().decode(stream, static_cast<std::size_t>(pixels)).pixels;
    if (data.size() != pixels) throw damaged(kName, "pixels are missing");
    data.resize(static_cast<std::size_t>(length.value_or(pixels)));
    return data;
  }

 private:
  int level_;
};

}  // namespace

std::unique_ptr<Codec> make_png(std::string_view options) {
  return std::make_unique<PngCodec>(parse_level(kName, options, kLevels));
}

}  // namespace zipdream
