// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cassert>
#include <utility>
#include <vector>

#include "media/media_job.h"
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
    return fmt::format("text: {} bytes given, {} to generate", sequence_.prompt.size(),
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
    throw Error::of_option("view", "", "draws images and audio", "leave it out for a text");
  }

 private:
  Sequence sequence_;
  std::vector<Bytes> reference_;  // one, or none
};

}  // namespace

std::unique_ptr<MediaJob> make_text_job(Bytes prompt, std::size_t count, Bytes reference) {
  return std::make_unique<TextJob>(std::move(prompt), count, std::move(reference));
}

}  // namespace zipdream
