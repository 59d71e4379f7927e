// SPDX-License-Identifier: Apache-2.0
// The decoder sampler of PNG.
//
// Algorithm
//
// Below the rows of the prompt come rows of random bits: inflate, which has the prompt's rows as
// its dictionary, finds a block with the Huffman codes of the last block that the codec writes for
// them, and then the bits. What it makes of them are residuals, with the probabilities of these
// codes; libpng adds the filters' predictions from the row above and the pixel to the left, and so
// the sample grows out of the image.
//
// The number of a row's filter doesn't come out of the bits. It would be a literal like any other,
// and these codes are codes of residuals: most rows would get filter 0, "None", because 0 is the
// most frequent residual, or a number that isn't any filter's. Instead a row takes the filter of
// one of the last rows of the context, drawn at random, and the bits begin anew behind it, with a
// block of their own.
//
// If the context ends inside a row, the rest of that row is sampled first. Without a width in the
// options it is that of the codec's own fold (png_continued()), and the sample is one-dimensional
// but for its noise.
//
// Left out
//
// That the codec, had it seen the sample, would have chosen other filters and in the end other
// codes.
#include "codecs/common/decoder_sampler.h"

#include <algorithm>
#include <utility>

#include "codecs/deflate/deflate.h"
#include "codecs/png/png.h"
#include "codecs/png/rows.h"

namespace zipdream {
namespace {

constexpr std::size_t kRowsPerImage = 4096;            // that libpng decodes at once
constexpr std::size_t kWindow = std::size_t{1} << 15;  // of DEFLATE
constexpr std::size_t kMaxText = std::size_t{1} << 20;

// An image that grows row by row.
class Growth {
 public:
  Growth(const PngOptions& options, ByteView context)
      : shape_{options.width, 0, options.channels},
        codec_(make_png(options)),
        tail_(read_png_tail(options, context)),
        header_(sample_header(tail_.header)),
        text_(tail_.filtered) {
    const std::size_t known = context.size() % shape_.row_bytes();
    row_.assign(context.end() - static_cast<std::ptrdiff_t>(known), context.end());
    const ByteView whole = context.first(context.size() - known);
    if (!whole.empty()) {
      const ByteView last = whole.last(shape_.row_bytes());
      above_.assign(last.begin(), last.end());
    }
  }

  // The pixels of the next rows. What the context had of the first one begins it.
  Bytes sample_rows(std::size_t count, Rng& rng) {
    Bytes filtered;  // for libpng: the row above, then the new ones
    if (!above_.empty()) append_filtered_row(0, above_, {}, shape_.channels, filtered);
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView row = sample_filtered_row(rng);
      filtered.insert(filtered.end(), row.begin(), row.end());
    }
    PngShape shape = shape_;
    shape.height = filtered.size() / (1 + shape.row_bytes());
    Bytes pixels = codec_->decompress(write_png_rows(shape, filtered, 0), shape.size_bytes());
    pixels.erase(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(above_.size()));
    above_.assign(pixels.end() - static_cast<std::ptrdiff_t>(shape.row_bytes()), pixels.end());
    return pixels;
  }

 private:
  // Valid until the next call.
  ByteView sample_filtered_row(Rng& rng) {
    if (text_.size() > kMaxText) text_.erase(text_.begin(), text_.end() - kWindow);
    const int filter = tail_.filters.empty() ? 0 : tail_.filters[rng.next() % tail_.filters.size()];
    const std::size_t begin = text_.size();
    append_filtered_row(filter, row_, above_, shape_.channels, text_);
    row_.clear();
    const std::size_t end = begin + 1 + shape_.row_bytes();
    sample_until(text_, end, [&] { sample_block(header_, text_, end, rng); });
    return ByteView(text_).subspan(begin);
  }

  PngShape shape_;  // but for its height
  std::unique_ptr<Codec> codec_;
  PngTail tail_;
  std::vector<bool> header_;
  Bytes text_;   // the filtered rows, or their end
  Bytes above_;  // the last whole row; none at the top
  Bytes row_;    // what is known of the row after it
};

class PngDecoderSampler final : public DecoderSampler {
 public:
  explicit PngDecoderSampler(const PngOptions& options) : options_(options) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    const PngOptions options = png_continued(options_, context.size());
    const std::size_t row_bytes = options.width * options.channels;
    const std::size_t known = context.size() % row_bytes;
    Growth growth(options, context);
    Bytes image;  // from the row on in which the context ends
    while (image.size() < known + count) {
      const std::size_t rows = (known + count - image.size() + row_bytes - 1) / row_bytes;
      const Bytes pixels = growth.sample_rows(std::min(rows, kRowsPerImage), rng);
      image.insert(image.end(), pixels.begin(), pixels.end());
    }
    const auto begin = image.begin() + static_cast<std::ptrdiff_t>(known);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }

 private:
  PngOptions options_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_png_decoder_sampler(const Spec& spec) {
  return std::make_unique<PngDecoderSampler>(png_options(spec));
}

}  // namespace zipdream
