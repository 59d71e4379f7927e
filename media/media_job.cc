// SPDX-License-Identifier: Apache-2.0
// What jobs share, and those of text.
#include "media/media_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <filesystem>
#include <utility>
#include <vector>

#include "zipdream/error.h"

namespace zipdream {
namespace {

// Bytes as they are: of a text, or of what the shape says.
class BytesJob final : public MediaJob {
 public:
  BytesJob(Bytes prompt, std::size_t count, Bytes reference, const MediaShape& shape)
      : sequence_{std::move(prompt), count}, shape_(shape) {
    assert(reference.size() <= count);
    if (!reference.empty()) reference_.push_back(std::move(reference));
  }

  [[nodiscard]] Media media() const override {
    if (shape_.rows) return Media::kImage;
    return shape_.samples ? Media::kAudio : Media::kText;
  }
  [[nodiscard]] std::optional<RowShape> rows() const override { return shape_.rows; }
  [[nodiscard]] std::optional<SampleShape> samples() const override { return shape_.samples; }
  [[nodiscard]] std::span<const Sequence> sequences() const override { return {&sequence_, 1}; }
  [[nodiscard]] std::span<const Bytes> reference() const override { return reference_; }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{}: prompt of {} bytes, {} to generate", media_name(media()),
                       sequence_.prompt.size(), sequence_.count);
  }

  void check_output_name(std::string_view /*path*/) const override {}

  [[nodiscard]] Bytes file(std::span<const Bytes> continuations,
                           std::string_view /*path*/) const override {
    Bytes content = sequence_.prompt;
    content.insert(content.end(), continuations[0].begin(), continuations[0].end());
    return content;
  }

  [[nodiscard]] Bytes view(std::span<const Bytes> /*continuations*/) const override {
    throw Error::of_option("view", "", "draws images and audio", "leave it out for text");
  }

 private:
  Sequence sequence_;
  std::vector<Bytes> reference_;  // one, or none
  MediaShape shape_;
};

}  // namespace

std::unique_ptr<MediaJob> make_text_job(Bytes prompt, std::size_t count, Bytes reference) {
  return std::make_unique<BytesJob>(std::move(prompt), count, std::move(reference), MediaShape{});
}

std::unique_ptr<MediaJob> make_bare_job(Bytes prompt, std::size_t count, const MediaShape& shape) {
  assert(shape.samples);
  return std::make_unique<BytesJob>(std::move(prompt), count, Bytes{}, shape);
}

std::string ending_of(std::string_view path, std::initializer_list<std::string_view> allowed,
                      std::string_view what) {
  std::string ending = std::filesystem::path(path).extension().string();
  if (path == "-" || ending.empty()) return std::string(*allowed.begin());
  ending.erase(0, 1);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(allowed.begin(), allowed.end(), ending) != allowed.end()) return ending;
  throw Error(Error::Kind::kUsage, std::string(path),
              fmt::format("{} is written as .{}", what, fmt::join(allowed, " or .")),
              "change the ending");
}

PatchSides patch_sides(std::size_t size) {
  PatchSides sides{1, size};
  for (std::size_t rows = 1; rows * rows <= size; ++rows) {
    if (size % rows == 0) sides = {rows, size / rows};
  }
  return sides;
}

namespace {

// A text whose beginning is given.
std::unique_ptr<MediaJob> make_text_with_reference(const Bytes& content, std::size_t given,
                                                   std::size_t count) {
  if (given >= content.size()) {
    throw Error::of_option(
        "prompt_bytes", std::to_string(given),
        fmt::format("the text has {} bytes, so that none is left to predict", content.size()),
        "lower it");
  }
  const auto middle = content.begin() + static_cast<std::ptrdiff_t>(given);
  const auto end = middle + static_cast<std::ptrdiff_t>(std::min(count, content.size() - given));
  return make_text_job(Bytes(content.begin(), middle), count, Bytes(middle, end));
}

}  // namespace

std::unique_ptr<MediaJob> make_job(Bytes content, const JobOptions& options) {
  const Media media = options.media ? *options.media : media_of(content, options.name);
  try {
    switch (media) {
      case Media::kImage:
        return make_image_job(content, options.image);
      case Media::kAudio:
        return make_audio_job(content, options.audio);
      case Media::kText:
        break;
    }
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::kUsage) throw;
    throw Error(fmt::format("{}: {}", options.name, error.what()));
  }
  if (!options.prompt_bytes) return make_text_job(std::move(content), options.count);
  return make_text_with_reference(content, *options.prompt_bytes, options.count);
}

}  // namespace zipdream
