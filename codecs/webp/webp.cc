// SPDX-License-Identifier: Apache-2.0
// Lossless WebP (VP8L, "WebP Lossless Bitstream Specification") by libwebp: the bytes are the
// pixels of a gray image that is nearly square, or of one whose width and channels are options of
// the spec, as with png. Gray is a colour of three equal parts, which its transforms make free.
//
// The last row is completed from the row above (with zeros, if there is none); the true length is
// then kept in a chunk of RIFF behind the image, which readers skip:
//
//   "zdLn"  08 00 00 00  number of bytes, 64 bits, little-endian
//
// Its format has no checksum, so a damaged stream may give wrong bytes.
#include "codecs/webp/webp.h"

#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>

#include "codecs/common/coding_loop.h"
#include "codecs/png/format.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "webp";
constexpr std::size_t kMaxSide = WEBP_MAX_DIMENSION;
constexpr std::size_t kRiffHeader = 12;  // "RIFF", the size of what follows, "WEBP"
constexpr std::size_t kChunkHeader = 8;
constexpr std::string_view kLengthType = "zdLn";

void append_little_endian(Bytes& out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<Byte>(value >> (8 * i)));
}

std::uint64_t read_little_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

PngShape shape_of(const PngOptions& options, std::size_t size) {
  PngShape shape = {.width = options.width, .channels = options.channels};
  if (shape.width == 0) {
    shape.width = 1;
    while (shape.width * shape.width < size && shape.width <= kMaxSide) ++shape.width;
  }
  const std::size_t row = shape.row_bytes();
  shape.height = std::max<std::size_t>(1, (size + row - 1) / row);
  return shape;
}

struct Picture : WebPPicture {
  Picture() : WebPPicture() {
    if (WebPPictureInit(this) == 0) throw library_failure(kName, "another version of libwebp");
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  ~Picture() { WebPPictureFree(this); }
};

int write_bytes(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  auto& stream = *static_cast<Bytes*>(picture->custom_ptr);
  try {
    stream.insert(stream.end(), data, data + size);
  } catch (const std::bad_alloc&) {  // must not pass through libwebp
    return 0;
  }
  return 1;
}

// A chunk of a RIFF file; padded to an even size.
struct Chunk {
  std::string_view type;
  ByteView data;
};

Chunk take_chunk(ByteView& rest) {
  if (rest.size() < kChunkHeader) throw truncated(kName);
  const std::uint64_t size = read_little_endian(rest.subspan(4, 4));
  const std::uint64_t padded = size + size % 2;
  if (padded > rest.size() - kChunkHeader) throw truncated(kName);
  const Chunk chunk = {as_chars(rest.first(4)), rest.subspan(kChunkHeader, size)};
  rest = rest.subspan(kChunkHeader + padded);
  return chunk;
}

// The length that a chunk tells. Throws Error unless the stream is one RIFF file of whole chunks
// with one lossless image.
std::optional<std::uint64_t> read_length(ByteView stream) {
  if (stream.size() < kRiffHeader || !as_chars(stream).starts_with("RIFF") ||
      as_chars(stream).substr(8, 4) != "WEBP") {
    throw damaged(kName, "the signature is wrong");
  }
  const std::uint64_t size = kChunkHeader + read_little_endian(stream.subspan(4, 4));
  if (size > stream.size()) throw truncated(kName);
  if (size < stream.size()) throw trailing_bytes(kName, stream.size() - size);
  ByteView rest = stream.subspan(kRiffHeader);
  if (take_chunk(rest).type != "VP8L") throw damaged(kName, "not a plain lossless image");
  if (rest.empty()) return std::nullopt;
  const Chunk chunk = take_chunk(rest);
  if (chunk.type != kLengthType || chunk.data.size() != 8 || !rest.empty()) {
    throw damaged(kName, "an unknown chunk follows the image");
  }
  return read_little_endian(chunk.data);
}

class WebpCodec final : public Codec {
 public:
  explicit WebpCodec(const PngOptions& options) : options_(options) {}

  Bytes compress(ByteView data) const override {
    const PngShape shape = shape_of(options_, data.size());
    if (shape.width > kMaxSide || shape.height > kMaxSide) {
      throw Error("webp: an image has at most 16383 columns and rows; use png or split the data");
    }
    Bytes stream = encode(shape, data);
    if (shape.size_bytes() == data.size()) return stream;
    for (const char c : kLengthType) stream.push_back(static_cast<Byte>(c));
    append_little_endian(stream, 8, 4);
    append_little_endian(stream, data.size(), 8);
    Bytes size;
    append_little_endian(size, stream.size() - kChunkHeader, 4);
    std::ranges::copy(size, stream.begin() + 4);
    return stream;
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const std::optional<std::uint64_t> true_length = read_length(stream);
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(stream.data(), stream.size(), &features) != VP8_STATUS_OK) {
      throw damaged(kName, "the header is wrong");
    }
    const PngShape shape = {.width = static_cast<std::size_t>(features.width),
                            .height = static_cast<std::size_t>(features.height),
                            .channels = options_.channels};
    const std::uint64_t length = true_length.value_or(shape.size_bytes());
    if (length > max_size) throw too_large(kName, max_size);
    if (length > shape.size_bytes() || shape.size_bytes() - length > shape.row_bytes()) {
      throw damaged(kName, "the length doesn't fit the image");
    }
    Bytes data = decode(stream, shape);
    data.resize(length);
    return data;
  }

 private:
  [[nodiscard]] Bytes encode(const PngShape& shape, ByteView data) const {
    WebPConfig config;
    if (WebPConfigInit(&config) == 0 || WebPConfigLosslessPreset(&config, options_.level) == 0) {
      throw library_failure(kName, "another version of libwebp");
    }
    Picture picture;
    picture.use_argb = 1;
    picture.width = static_cast<int>(shape.width);
    picture.height = static_cast<int>(shape.height);
    if (WebPPictureAlloc(&picture) == 0) throw std::bad_alloc();
    const std::size_t row = shape.row_bytes();
    Bytes above(row);
    for (std::size_t y = 0; y < shape.height; ++y) {
      const ByteView rest = data.subspan(std::min(y * row, data.size()));
      std::ranges::copy(rest.first(std::min(row, rest.size())), above.begin());
      for (std::size_t x = 0; x < shape.width; ++x) {
        const std::size_t at = x * shape.channels;
        const std::size_t last = shape.channels - 1;
        const std::uint32_t color = std::uint32_t{above[at]} << 16 |
                                    std::uint32_t{above[at + std::min<std::size_t>(1, last)]} << 8 |
                                    above[at + last];
        picture.argb[y * static_cast<std::size_t>(picture.argb_stride) + x] = 0xff000000U | color;
      }
    }
    Bytes stream;
    picture.writer = write_bytes;
    picture.custom_ptr = &stream;
    if (WebPEncode(&config, &picture) == 0) {
      const bool is_refused = picture.error_code == VP8_ENC_ERROR_BAD_DIMENSION ||
                              picture.error_code == VP8_ENC_ERROR_INVALID_CONFIGURATION;
      if (is_refused) throw library_failure(kName, "libwebp refuses the image");
      throw std::bad_alloc();  // all else that can go wrong in memory
    }
    return stream;
  }

  static Bytes decode(ByteView stream, const PngShape& shape) {
    Bytes colors(3 * shape.width * shape.height);
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0) {
      throw library_failure(kName, "another version of libwebp");
    }
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = {colors.data(), static_cast<int>(3 * shape.width), colors.size()};
    const VP8StatusCode status = WebPDecode(stream.data(), stream.size(), &config);
    if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
    if (status != VP8_STATUS_OK) throw damaged(kName, "libwebp refuses the image");
    if (shape.channels == 3) return colors;
    Bytes gray;
    for (std::size_t i = 0; i < colors.size(); i += 3) {
      if (colors[i] != colors[i + 1] || colors[i] != colors[i + 2]) {
        throw damaged(kName, "an image in colour");
      }
      gray.push_back(colors[i]);
    }
    return gray;
  }

  PngOptions options_;
};

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return std::make_unique<WebpCodec>(png_options(spec));
}

constexpr auto kOptions = png_option_infos("6");

}  // namespace

constinit const ModelInfo kWebp{
    .name = "webp",
    .summary = "the bytes as pixels, in gray",
    .options = kOptions,
    .extension = ".webp",
    .make_codec = make,
    .no_decoder_sampler =
        "predictors and codes of the whole image stand before its first pixel, "
        "and nothing here reads them",
    .adapt = adapt_png_spec};

}  // namespace zipdream
