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
// those of that stream, to the bit (PngSession below). With filters=no-average they are filtered
// and compressed as Pillow's Image.save() does unless it is told otherwise, which is what the
// paper's rows are of; lengths are then in whole bytes.
//
// decompress() takes only streams whose chunks all carry the right CRC, more than image readers ask
// for.
#include "codecs/png/png.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

#include "codecs/common/coding_loop.h"
#include "codecs/deflate/deflate.h"
#include "codecs/png/format.h"
#include "codecs/png/rows.h"
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
    Bytes stream = write_png_rows(shape, filter_rows(shape, pixels, options_.filters),
                                  options_.level, options_.filters);
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
    if (units == Units::kBytes || !is_exact()) return Codec::bits(data, units);
    const PngShape shape = shape_of(data.size());
    const auto deflate = make_deflate(options_.level);
    return 8.0 * static_cast<double>(png_bytes_around(options_, data.size())) +
           deflate->bits(filter_rows(shape, padded(shape, data), options_.filters), units);
  }

  std::unique_ptr<Session> start(Units units) const override {
    return options_.width > 0 && is_exact() ? start_png_session(options_, units)
                                            : Codec::start(units);
  }

 private:
  // Whether its DEFLATE is the one that sessions measure to the bit.
  [[nodiscard]] bool is_exact() const {
    return options_.level > 0 && options_.filters == PngFilters::kAll;
  }

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

constexpr auto kOptions = [] {
  std::array<OptionInfo, 4> options{};
  std::ranges::copy(png_option_infos("9"), options.begin());
  options[3] = {.key = "filters",
                .kind = OptionInfo::Kind::kChoice,
                .choices = "all no-average",
                .fallback = "all",
                .unit = "choice of filters"};
  return options;
}();

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

namespace {

constexpr std::size_t kCandidatesAtOnce = 4096;  // bounds what their rows take

// What one candidate makes of the row begun.
struct Ending {
  int filter = 0;
  Bytes text;  // of the row so filtered, what follows its beginning
};

class PngSession final : public Session {
 public:
  PngSession(const PngOptions& options, Units units)
      : deflate_(make_deflate(options.level)),
        options_(options),
        units_(units),
        whole_(deflate_->start(units)) {}

  void append(ByteView bytes) override {
    const bool continues = !row_.empty() && row_.size() + bytes.size() < row_bytes();
    while (!bytes.empty()) {
      const ByteView part = bytes.first(std::min(bytes.size(), row_bytes() - row_.size()));
      bytes = bytes.subspan(part.size());
      row_.insert(row_.end(), part.begin(), part.end());
      size_ += part.size();
      if (row_.size() < row_bytes()) continue;
      Bytes text;
      append_filtered_row(choose_filter(row_, above_, options_.channels), row_, above_,
                          options_.channels, text);
      whole_->append(text);
      above_ = std::exchange(row_, {});
    }
    update_beginnings(continues);
  }

  double bits() const override {
    double result = 0;
    const ByteView nothing;
    bits_after({&nothing, 1}, {&result, 1});
    return result;
  }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    while (!candidates.empty()) {
      const std::size_t count = std::min(candidates.size(), kCandidatesAtOnce);
      measure(candidates.first(count), out.first(count));
      candidates = candidates.subspan(count);
      out = out.subspan(count);
    }
  }

  std::unique_ptr<Session> clone() const override {
    return std::unique_ptr<Session>(new PngSession(*this));
  }

  std::string describe() const override { return "in filtered rows, " + whole_->describe(); }

 private:
  PngSession(const PngSession& other)
      : deflate_(other.deflate_),
        options_(other.options_),
        units_(other.units_),
        whole_(other.whole_->clone()),
        above_(other.above_),
        row_(other.row_),
        begun_size_(other.begun_size_),
        size_(other.size_) {
    for (int i = 0; i < kPngFilters; ++i) {
      if (other.begun_[i] != nullptr) begun_[i] = other.begun_[i]->clone();
    }
  }

  [[nodiscard]] std::size_t row_bytes() const { return options_.width * options_.channels; }

  // Brings the five beginnings up to date; they are there while the row has begun.
  void update_beginnings(bool continues) {
    if (!continues) {
      begun_ = {};
      begun_size_ = 0;
    }
    if (row_.empty()) return;
    for (int filter = 0; filter < kPngFilters; ++filter) {
      std::unique_ptr<Session>& begun = begun_[filter];
      if (begun == nullptr) begun = whole_->clone();
      Bytes text;
      append_filtered_row(filter, row_, above_, options_.channels, text);
      begun->append(ByteView(text).subspan(begun_size_));
    }
    begun_size_ = 1 + row_.size();  // with the filter's number
  }

  // Completes a row, and filters it as compress() would; what its beginnings have is left out.
  [[nodiscard]] Ending complete(Bytes row) const {
    for (std::size_t i = row.size(); i < row_bytes(); ++i) {
      row.push_back(above_.empty() ? Byte{0} : above_[i]);
    }
    Ending ending{.filter = choose_filter(row, above_, options_.channels), .text = {}};
    append_filtered_row(ending.filter, row, above_, options_.channels, ending.text);
    ending.text.erase(ending.text.begin(),
                      ending.text.begin() + static_cast<std::ptrdiff_t>(begun_size_));
    return ending;
  }

  // A candidate that ends in the row begun is measured after its beginning, by filter; others on
  // copies.
  void measure(std::span<const ByteView> candidates, std::span<double> out) const {
    std::array<std::vector<std::size_t>, kPngFilters> members;
    std::vector<Bytes> texts(candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const std::size_t size = row_.size() + candidates[i].size();
      if (size > row_bytes()) {
        PngSession copy(*this);
        copy.append(candidates[i]);
        out[i] = copy.bits();
      } else if (size == 0 && size_ > 0) {
        out[i] = around(size_) + whole_->bits();
      } else {
        Bytes row = row_;
        row.insert(row.end(), candidates[i].begin(), candidates[i].end());
        Ending ending = complete(std::move(row));
        texts[i] = std::move(ending.text);
        members[static_cast<std::size_t>(ending.filter)].push_back(i);
      }
    }
    for (std::size_t filter = 0; filter < members.size(); ++filter) {
      const std::vector<std::size_t>& indices = members[filter];
      std::vector<ByteView> theirs;
      theirs.reserve(indices.size());
      for (const std::size_t i : indices) theirs.emplace_back(texts[i]);
      std::vector<double> bits(theirs.size());
      (row_.empty() ? *whole_ : *begun_[filter]).bits_after(theirs, bits);
      for (std::size_t k = 0; k < indices.size(); ++k) {
        out[indices[k]] = around(size_ + candidates[indices[k]].size()) + bits[k];
      }
    }
  }

  // The bits of a file of `size` bytes around its bare DEFLATE stream.
  [[nodiscard]] double around(std::size_t size) const {
    return 8.0 * static_cast<double>(png_bytes_around(options_, size));
  }

  std::shared_ptr<const Codec> deflate_;
  PngOptions options_;
  Units units_;
  std::unique_ptr<Session> whole_;                           // has the rows that are whole
  std::array<std::unique_ptr<Session>, kPngFilters> begun_;  // and what there is of the next one
  Bytes above_;                                              // the last whole row
  Bytes row_;                                                // what there is of the next one
  std::size_t begun_size_ = 0;                               // bytes of its text in begun_
  std::size_t size_ = 0;                                     // of all
};

}  // namespace

std::unique_ptr<Session> start_png_session(const PngOptions& options, Units units) {
  assert(options.width > 0 && options.level > 0);
  return std::make_unique<PngSession>(options, units);
}

}  // namespace zipdream
