// SPDX-License-Identifier: Apache-2.0
// How an image becomes sequences, or patches: its bytes are the pixels in raster order, channels
// interleaved, 8 bits each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/files.h"
#include "media/image/imaging.h"
#include "media/image/read_image.h"
#include "media/media_job.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr int kPngLevel = 9;

Image decode(ByteView file) {
  check_format(file, Media::kImage);
  return read_image(file, kMaxInputBytes);
}

Image prepare(Image image, const ImageOptions& options) {
  if (options.gray) image = imaging().to_gray(image);
  const int longer = std::max(image.width, image.height);
  if (options.max_side <= 0 || longer <= options.max_side) return image;
  const double scale = static_cast<double>(options.max_side) / longer;
  const auto shrink = [scale](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  return imaging().resize(image, shrink(image.width), shrink(image.height));
}

// How many of `whole` columns or rows are the prompt: at least one, and at least one is left.
int prompt_size(int whole, double fraction, std::string_view what) {
  if (whole < 2) {
    throw Error(fmt::format(
        "the image has {} {}: needs 2 or more, one as prompt and one to generate", whole, what));
  }
  return std::clamp(static_cast<int>(std::lround(whole * fraction)), 1, whole - 1);
}

class ImageJob final : public MediaJob {
 public:
  ImageJob(Image image, const ImageOptions& options)
      : image_(std::move(image)),
        side_(options.prompt_side),
        joint_(side_ == PromptSide::kTop || options.rows == Rows::kJoint),
        prompt_{0, 0, image_.width, image_.height} {
    generated_ = prompt_;
    if (side_ == PromptSide::kLeft) {
      prompt_.width = prompt_size(image_.width, options.prompt_fraction, "columns");
      generated_.x = prompt_.width;
      generated_.width -= prompt_.width;
      for (int y = 0; y < image_.height; ++y)
        add_sequence(pixel(0, y), pixel(prompt_.width, y), pixel(0, y + 1));
      if (joint_) join_sequences();
    } else {
      prompt_.height = prompt_size(image_.height, options.prompt_fraction, "rows");
      generated_.y = prompt_.height;
      generated_.height -= prompt_.height;
      add_sequence(0, pixel(0, prompt_.height), pixel(0, image_.height));
    }
  }

  [[nodiscard]] Media media() const override { return Media::kImage; }
  [[nodiscard]] std::span<const Sequence> sequences() const override { return sequences_; }
  [[nodiscard]] std::span<const Bytes> reference() const override { return reference_; }

  [[nodiscard]] std::optional<RowShape> rows() const override {
    if (!joint_) return std::nullopt;
    return RowShape{static_cast<std::size_t>(image_.width),
                    static_cast<std::size_t>(image_.channels)};
  }

  [[nodiscard]] std::optional<SampleShape> samples() const override {
    return SampleShape{.channels = static_cast<std::size_t>(image_.channels)};
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("image: {}x{} {}, prompt: {}{}", image_.width, image_.height,
                       image_.channels == 1 ? "gray" : "RGB",
                       side_ == PromptSide::kLeft ? fmt::format("left {} columns", prompt_.width)
                                                  : fmt::format("top {} rows", prompt_.height),
                       side_ == PromptSide::kLeft && joint_ ? ", rows joint" : "");
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
    return ImageParts{assemble(continuations), prompt_, generated_};
  }

  [[nodiscard]] Bytes view(std::span<const Bytes> continuations) const override {
    return imaging().encode_png(imaging().draw_parts(assemble(continuations), prompt_, generated_),
                                kPngLevel);
  }

 private:
  // Where the pixel (x, y) begins in the bytes.
  [[nodiscard]] std::size_t pixel(int x, int y) const {
    return static_cast<std::size_t>(y) * image_.row_bytes() +
           static_cast<std::size_t>(x) * static_cast<std::size_t>(image_.channels);
  }

  void add_sequence(std::size_t begin, std::size_t middle, std::size_t end) {
    const ByteView pixels = image_.pixels;
    const ByteView prompt = pixels.subspan(begin, middle - begin);
    const ByteView rest = pixels.subspan(middle, end - middle);
    sequences_.push_back({Bytes(prompt.begin(), prompt.end()), rest.size()});
    reference_.emplace_back(rest.begin(), rest.end());
    generated_at_.push_back(middle);
  }

  // Makes one sequence of those of all rows.
  void join_sequences() {
    Sequence all = std::move(sequences_.front());
    Bytes reference = std::move(reference_.front());
    all.stride = all.count;
    all.count *= sequences_.size();
    for (std::size_t i = 1; i < sequences_.size(); ++i) {
      all.forced_segments.push_back(std::move(sequences_[i].prompt));
      reference.insert(reference.end(), reference_[i].begin(), reference_[i].end());
    }
    sequences_ = {std::move(all)};
    reference_ = {std::move(reference)};
  }

  // The generated parts are filled in raster order, whether they are of one sequence or of many.
  // What is missing of a sequence is black.
  [[nodiscard]] Image assemble(std::span<const Bytes> continuations) const {
    Bytes generated;
    for (std::size_t i = 0; i < sequences_.size(); ++i) {
      const std::size_t begin = generated.size();
      generated.insert(generated.end(), continuations[i].begin(), continuations[i].end());
      generated.resize(begin + sequences_[i].count);
    }
    Image result = image_;
    auto next = generated.begin();
    const auto size = static_cast<std::ptrdiff_t>(generated.size() / generated_at_.size());
    for (const std::size_t at : generated_at_) {
      std::copy_n(next, size, result.pixels.begin() + static_cast<std::ptrdiff_t>(at));
      next += size;
    }
    return result;
  }

  Image image_;
  PromptSide side_;
  bool joint_;  // there is one sequence
  Rect prompt_;
  Rect generated_;
  std::vector<Sequence> sequences_;
  std::vector<Bytes> reference_;
  // Where the parts to generate begin in the pixels, all of one size: one for each row, or the
  // bottom.
  std::vector<std::size_t> generated_at_;
};

void check_options(const ImageOptions& options) {
  if (!(options.prompt_fraction > 0 && options.prompt_fraction < 1)) {
    throw Error::of_option("prompt_fraction", fmt::format("{}", options.prompt_fraction),
                           "must be above 0 and below 1", "try 0.5");
  }
  if (options.rows && options.prompt_side == PromptSide::kTop) {
    throw Error::of_option("rows", "", "are for `prompt_side` left",
                           "leave them out: rows below a prompt follow all those above");
  }
}

}  // namespace

std::unique_ptr<MediaJob> make_image_job(ByteView file, const ImageOptions& options) {
  check_options(options);
  return std::make_unique<ImageJob>(prepare(decode(file), options), options);
}

std::unique_ptr<MediaJob> make_image_job(Image image, const ImageOptions& options) {
  check_options(options);
  const bool is_whole = image.width > 0 && image.height > 0 &&
                        (image.channels == 1 || image.channels == 3) &&
                        image.pixels.size() == image.size_bytes();
  if (!is_whole) {
    throw Error(Error::Kind::kUsage, "the image",
                fmt::format("{} x {} pixels of {} channels are none", image.width, image.height,
                            image.channels),
                "give gray ones (1) or RGB (3)");
  }
  return std::make_unique<ImageJob>(prepare(std::move(image), options), options);
}

MediaBytes image_bytes(ByteView file, const ImageOptions& options) {
  Image image = prepare(decode(file), options);
  const auto channels = static_cast<std::size_t>(image.channels);
  return {std::move(image.pixels),
          {.rows = RowShape{static_cast<std::size_t>(image.width), channels},
           .samples = SampleShape{.channels = channels}}};
}

Pieces image_patches(ByteView file, std::size_t patch_size) {
  const Image image = imaging().to_gray(decode(file));
  const auto [rows, columns] = patch_sides(patch_size);
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  Pieces pieces;
  for (std::size_t top = 0; top + rows <= height; top += rows) {
    for (std::size_t left = 0; left + columns <= width; left += columns) {
      for (std::size_t y = top; y < top + rows; ++y) {
        const ByteView row = ByteView(image.pixels).subspan(y * width + left, columns);
        pieces.bytes.insert(pieces.bytes.end(), row.begin(), row.end());
      }
    }
  }
  pieces.left_out = image.pixels.size() - pieces.bytes.size();
  return pieces;
}

}  // namespace zipdream
