// SPDX-License-Identifier: Apache-2.0
// PNG as the paper uses it: the bytes are the pixels of one gray 8-bit image, row by row, whose
// sides are the two closest factors of their number, the width not less than the height. Or of an
// image whose width and channels are options of the spec (PngOptions in format.h).
//
// There is no image without pixels, and no PNG reader takes a side beyond 1,000,000, which the
// factors of a large prime exceed. Such lengths (0, and those with a long factor) are padded to the
// next nearly square image, and where the width is an option every length to whole rows. What is
// missing is copied from the row above (zeros, if there is none), so that it costs as little as can
// be. The true length is kept in a private chunk right after IHDR, which every reader skips:
//
//   length  00 00 00 08
//   type    "zdLn"   (ancillary, private)
//   data    number of bytes, 64 bits, big-endian
//   CRC     of type and data, as in every chunk
//
// Rows are filtered as libpng filters them and compressed in one piece by zlib; the lengths are
// those of that stream, to the bit (session.h).
//
// decompress() takes only streams whose chunks all carry the right CRC, more than image readers ask
// for.
#include "codecs/png/png.h"

#include <fmt/format.h>

#include <optional>

#include "codecs/common/coding_loop.h"
#include "codecs/deflate/deflate.h"
#include "codecs/png/format.h"
#include "codecs/png/rows.h"
#include "codecs/png/session.h"
#include "media/image/imaging.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "png";

constexpr std::size_t kMaxPixelBytes = std::size_t{1}
                                       << 30;  // of pixels; OpenCV reads not many more

constexpr std::string_view kLengthType = "zdLn";

Bytes length_chunk(std::size_t length) {
  Bytes data;
  append_big_endian(data, length, 8);
  Bytes chunk;
  append_png_chunk(chunk, kLengthType, data);
  return chunk;
}

// What the chunks tell of the image, before a pixel of it is decoded.
struct Summary {
  PngShape shape;
  std::optional<std::uint64_t> length;  // in a zdLn chunk

  [[nodiscard]] std::uint64_t data_size() const { return length.value_or(shape.size_bytes()); }
};

// Throws Error unless the chunks are whole.
Summary check_chunks(ByteView stream) {
  ByteView rest = stream;
  Summary summary{take_png_header(rest), {}};
  for (PngChunk chunk; chunk.type != "IEND";) {
    chunk = take_png_chunk(rest);
    if (chunk.type == kLengthType && chunk.data.size() == 8) {
      summary.length = read_big_endian(chunk.data);
    }
  }
  if (!rest.empty()) throw trailing_bytes(kName, rest.size());
  return summary;
}

class PngCodec final : public Codec {
 public:
  explicit PngCodec(const PngOptions& options) : options_(options) {}

  Bytes compress(ByteView data) const override {
    const PngShape shape = shape_of(data.size());
    const Bytes pixels = padded(shape, data);
    Bytes stream = write_png_rows(shape, filter_rows(shape, pixels), options_.level);
    if (pixels.size() != data.size()) {
      const Bytes chunk = length_chunk(data.size());
      stream.insert(stream.begin() + static_cast<std::ptrdiff_t>(kPngHeaderEnd), chunk.begin(),
                    chunk.end());
    }
    return stream;
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const Summary summary = check_chunks(stream);
    const std::uint64_t size = summary.shape.size_bytes();
    const std::uint64_t length = summary.data_size();
    if (length > max_size) throw too_large(kName, max_size);
    if (size > kMaxPixelBytes) throw damaged(kName, "more than 1 GiB of pixels");
    if (summary.shape.channels != options_.channels) {
      throw damaged(kName, options_.channels == 1 ? "an image in colour" : "a gray image");
    }
    if (length > size || size - length > summary.shape.row_bytes()) {
      throw damaged(kName, "the length doesn't fit the image");
    }
    Bytes data = imaging().decode(stream, static_cast<std::size_t>(size)).pixels;
    if (data.size() != size) throw damaged(kName, "pixels are missing");
    data.resize(static_cast<std::size_t>(length));
    return data;
  }

  double bits(ByteView data, Units units) const override {
    if (units == Units::kBytes || options_.level == 0) return Codec::bits(data, units);
    const PngShape shape = shape_of(data.size());
    const auto deflate = make_deflate(options_.level);
    return 8.0 * static_cast<double>(png_bytes_around(options_, data.size())) +
           deflate->bits(filter_rows(shape, padded(shape, data)), units);
  }

  std::unique_ptr<Session> start(Units units) const override {
    const bool is_known = options_.width > 0 && options_.level > 0;
    return is_known ? start_png_session(options_, units) : Codec::start(units);
  }

 private:
  [[nodiscard]] PngShape shape_of(std::size_t size) const {
    const PngShape shape = png_shape(options_, size);
    if (shape.size_bytes() <= kMaxPixelBytes && shape.height <= kMaxPngSide) return shape;
    throw Error(
        "png: an image has at most 1000000 rows and 1 GiB of pixels; use gzip or split the data");
  }

  static Bytes padded(const PngShape& shape, ByteView data) {
    Bytes pixels(data.begin(), data.end());
    pixels.reserve(shape.size_bytes());
    for (std::size_t i = data.size(); i < shape.size_bytes(); ++i) {
      pixels.push_back(i < shape.row_bytes() ? Byte{0} : pixels[i - shape.row_bytes()]);
    }
    return pixels;
  }

  PngOptions options_;
};

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return make_png(png_options(spec));
}

constexpr auto kOptions = png_option_infos("9");

}  // namespace

std::unique_ptr<Codec> make_png(const PngOptions& options) {
  return std::make_unique<PngCodec>(options);
}

constinit const ModelInfo kPng{.name = "png",
                               .summary = "the bytes as pixels, in gray",
                               .options = kOptions,
                               .extension = ".png",
                               .detects_damage = true,
                               .make_codec = make,
                               .make_predictor = make_png_predictor,
                               .make_decoder_sampler = make_png_decoder_sampler,
                               .tables = "Huffman codes of its last filtered rows",
                               .adapt = adapt_png_spec};

}  // namespace zipdream
