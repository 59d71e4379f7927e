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

class TextJob final : public MediaJob {
 public:
  TextJob(Bytes prompt, std::size_t count, Bytes reference) : sequence_{std::move(prompt), count} {
    assert(reference.size() <= count);
    if (!reference.empty()) reference_.push_back(std::move(reference));
  }

  [[nodiscard]] Media media() const override { return Media::kText; }
  [[nodiscard]] std::span<const Sequence> sequences() const override { return {&sequence_, 1}; }
  [[nodiscard]] std::span<const Bytes> reference() const override { return reference_; }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("text: prompt of {} bytes, {} to generate", sequence_.prompt.size(),
                       sequence_.count);
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
};

}  // namespace

std::unique_ptr<MediaJob> make_text_job(Bytes prompt, std::size_t count, Bytes reference) {
  return std::make_unique<TextJob>(std::move(prompt), count, std::move(reference));
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

}  // namespace zipdream
