// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cassert>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/media_job.h"

namespace zipdream {
namespace {

class TextJob final : public MediaJob {
 public:
  TextJob(Bytes prompt, std::size_t count, Bytes truth) : strand_{std::move(prompt), count} {
    assert(truth.size() <= count);
    if (!truth.empty()) truth_.push_back(std::move(truth));
  }

  [[nodiscard]] Media media() const override { return Media::kText; }
  [[nodiscard]] std::span<const Strand> strands() const override { return {&strand_, 1}; }
  [[nodiscard]] std::span<const Bytes> truth() const override { return truth_; }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("text: {} bytes given, {} to generate", strand_.prompt.size(),
                       strand_.count);
  }

  void check_output_name(std::string_view /*path*/) const override {}

  [[nodiscard]] Bytes file(std::span<const Bytes> continuations,
                           std::string_view /*path*/) const override {
    Bytes content = strand_.prompt;
    content.insert(content.end(), continuations[0].begin(), continuations[0].end());
    return content;
  }

  [[nodiscard]] Bytes view(std::span<const Bytes> /*continuations*/) const override {
    throw usage_error("--view: draws images and sounds; text goes to standard output");
  }

 private:
  Strand strand_;
  std::vector<Bytes> truth_;  // one, or none
};

}  // namespace

std::unique_ptr<MediaJob> make_text_job(Bytes prompt, std::size_t count, Bytes truth) {
  return std::make_unique<TextJob>(std::move(prompt), count, std::move(truth));
}

}  // namespace zipdream
