// SPDX-License-Identifier: Apache-2.0
// How an image becomes strands: its bytes are the pixels in raster order, channels interleaved, 8
// bits each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "imaging/imaging.h"
#include "media/media_job.h"
#include "media/output_name.h"

namespace zipdream {
namespace {

constexpr int kPngLevel = 9;

Image prepare(ByteView file, const ImageOptions& options) {
  Image image = imaging().decode(file, kMaxInputBytes);
  if (options.gray) image = imaging().to_gray(image);
  const int longer = std::max(image.width, image.height);
  if (options.max_side <= 0 || longer <= options.max_side) return image;
  const double scale = static_cast<double>(options.max_side) / longer;
  const auto shrink = [scale](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  return imaging().resize(image, shrink(image.width), shrink(image.height));
}

// How many of `whole` columns or rows are given: at least one, and at least one is left.
int given_part(int whole, double share, std::string_view what) {
  if (whole < 2) {
    throw Error(fmt::format("the image has {} {}: needs 2 or more, one given and one to generate",
                            whole, what));
  }
  return std::clamp(static_cast<int>(std::lround(whole * share)), 1, whole - 1);
}

class ImageJob final : public MediaJob {
 public:
  ImageJob(Image image, const ImageOptions& options)
      : image_(std::move(image)), side_(options.given), given_{0, 0, image_.width, image_.height} {
    generated_ = given_;
    if (side_ == GivenSide::kLeft) {
      given_.width = given_part(image_.width, options.share, "columns");
      generated_.x = given_.width;
      generated_.width -= given_.width;
      for (int y = 0; y < image_.height; ++y)
        add_strand(pixel(0, y), pixel(given_.width, y), pixel(0, y + 1));
    } else {
      given_.height = given_part(image_.height, options.share, "rows");
      generated_.y = given_.height;
      generated_.height -= given_.height;
      add_strand(0, pixel(0, given_.height), pixel(0, image_.height));
    }
  }

  [[nodiscard]] Media media() const override { return Media::kImage; }
  [[nodiscard]] std::span<const Strand> strands() const override { return strands_; }
  [[nodiscard]] std::span<const Bytes> truth() const override { return truth_; }

  [[nodiscard]] std::optional<RowShape> rows() const override {
    if (side_ == GivenSide::kLeft) return std::nullopt;
    return RowShape{static_cast<std::size_t>(image_.width),
                    static_cast<std::size_t>(image_.channels)};
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("image: {}x{} {}, {} given", image_.width, image_.height,
                       image_.channels == 1 ? "gray" : "RGB",
                       side_ == GivenSide::kLeft ? fmt::format("left {} columns", given_.width)
                                                 : fmt::format("top {} rows", given_.height));
  }

  void check_output_name(std::string_view path) const override {
    (void)ending_of(path, {"png"}, "an image");
  }

  [[nodiscard]] Bytes file(std::span<const Bytes> continuations,
                           std::string_view path) const override {
    check_output_name(path);
    return imaging().encode_png(assemble(continuations), kPngLevel);
  }

  [[nodiscard]] std::optional<ImageParts> picture(
      std::span<const Bytes> continuations) const override {
    return ImageParts{assemble(continuations), given_, generated_};
  }

  [[nodiscard]] Bytes view(std::span<const Bytes> continuations) const override {
    return imaging().encode_png(imaging().draw_parts(assemble(continuations), given_, generated_),
                                kPngLevel);
  }

 private:
  // Where the pixel (x, y) begins in the bytes.
  [[nodiscard]] std::size_t pixel(int x, int y) const {
    return static_cast<std::size_t>(y) * image_.row_bytes() +
           static_cast<std::size_t>(x) * static_cast<std::size_t>(image_.channels);
  }

  void add_strand(std::size_t begin, std::size_t middle, std::size_t end) {
    const ByteView pixels = image_.pixels;
    const ByteView prompt = pixels.subspan(begin, middle - begin);
    const ByteView rest = pixels.subspan(middle, end - middle);
    strands_.push_back({Bytes(prompt.begin(), prompt.end()), rest.size()});
    truth_.emplace_back(rest.begin(), rest.end());
    generated_at_.push_back(middle);
  }

  [[nodiscard]] Image assemble(std::span<const Bytes> continuations) const {
    Image result = image_;
    for (std::size_t i = 0; i < strands_.size(); ++i) {
      const auto place = result.pixels.begin() + static_cast<std::ptrdiff_t>(generated_at_[i]);
      std::fill_n(place, strands_[i].count, Byte{0});
      std::copy(continuations[i].begin(), continuations[i].end(), place);
    }
    return result;
  }

  Image image_;
  GivenSide side_;
  Rect given_;
  Rect generated_;
  std::vector<Strand> strands_;
  std::vector<Bytes> truth_;
  std::vector<std::size_t>
      generated_at_;  // of each strand: where its continuation begins in the pixels
};

}  // namespace

std::unique_ptr<MediaJob> make_image_job(ByteView file, const ImageOptions& options) {
  if (!(options.share > 0 && options.share < 1)) {
    throw usage_error(fmt::format("--share {}: must be above 0 and below 1", options.share));
  }
  return std::make_unique<ImageJob>(prepare(file, options), options);
}

Bytes image_bytes(ByteView file, const ImageOptions& options) {
  return prepare(file, options).pixels;
}

}  // namespace zipdream
