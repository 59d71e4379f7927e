// SPDX-License-Identifier: Apache-2.0
#include "experiments/page_assets.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "base/encodings.h"
#include "base/files.h"
#include "experiments/page_pictures.h"
#include "media/image/imaging.h"

namespace zipdream {
namespace {

constexpr int kPngLevel = 9;
constexpr int kViewWidth = 800;
constexpr std::size_t kSamplesOnPage = 96;  // of all entries together, but one of each
constexpr std::size_t kNameBytes = 40;      // in the data, beside a file itself

Bytes png(const Image& image) { return imaging().encode_png(image, kPngLevel); }

// A view is drawn for a screen of its own; on a page it stands in a column.
Bytes shrunk(const Bytes& view) {
  const Image image = imaging().decode(view, kMaxInputBytes);
  if (image.width <= kViewWidth) return view;
  const int height = std::max(1, image.height * kViewWidth / image.width);
  return png(imaging().resize(image, kViewWidth, height));
}

class Packer {
 public:
  Packer(const ComparisonReport& report, std::size_t room)
      : report_(report), room_(room), assets_(no_assets(report)) {}

  PageAssets pack() {
    if (report_.job.media() == Media::kImage) pack_images();
    if (report_.job.media() == Media::kAudio) pack_sounds();
    return std::move(assets_);
  }

 private:
  // The id of the file, empty if there is no room for it.
  std::string add(std::string_view type, const Bytes& file) {
    PageAsset asset = {fmt::format("a{}", assets_.files.size()),
                       fmt::format("data:{};base64,{}", type, base64(file))};
    if (asset.url.size() + kNameBytes > room_) {
      ++assets_.left_out;
      return {};
    }
    room_ -= asset.url.size() + kNameBytes;
    assets_.files.push_back(std::move(asset));
    return assets_.files.back().id;
  }

  std::string add_picture(const Image& image) { return add("image/png", png(image)); }

  using OnSample = std::function<void(const Sample& sample, SampleAssets& assets)>;

  // Of every entry the samples [begin, end) that did not fail.
  void each_sample(std::size_t begin, std::size_t end, const OnSample& visit) {
    end = std::min(end, samples_on_page(report_.comparison));
    const auto& entries = report_.comparison.entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& samples = entries[i].samples;
      for (std::size_t k = begin; k < std::min(end, samples.size()); ++k) {
        if (samples[k].failure.empty()) visit(samples[k], assets_.samples[i][k]);
      }
    }
  }

  void pack_images() {
    const auto reference = report_.job.reference();
    const ImageParts parts = *report_.job.picture(reference);
    assets_.given = add_picture(prompt_part(parts));
    assets_.reference.picture = add_picture(generated_part(parts, reference));
    const auto add_sample = [&](const Sample& sample, SampleAssets& assets) {
      assets.picture = add_picture(generated_part(parts, sample.continuations));
    };
    const auto add_difference = [&](const Sample& sample, SampleAssets& assets) {
      assets.difference = add_picture(difference(parts, sample.continuations, reference));
    };
    each_sample(0, 1, add_sample);
    const auto& entries = report_.comparison.entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].reference) continue;
      assets_.surprisal[i] = add_picture(surprisal_map(parts, *entries[i].reference));
    }
    each_sample(0, 1, add_difference);
    each_sample(1, kAll, add_sample);
    each_sample(1, kAll, add_difference);
  }

  void add_sound(std::span<const Bytes> continuations, SampleAssets& assets) {
    assets.audio = add("audio/wav", report_.job.file(continuations, "sound.wav"));
    assets.spectrogram = add("image/png", shrunk(report_.job.view(continuations)));
  }

  void pack_sounds() {
    if (!report_.job.reference().empty()) add_sound(report_.job.reference(), assets_.reference);
    const auto add_sample = [&](const Sample& sample, SampleAssets& assets) {
      add_sound(sample.continuations, assets);
    };
    each_sample(0, 1, add_sample);
    each_sample(1, kAll, add_sample);
  }

  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);

  const ComparisonReport& report_;
  std::size_t room_;
  PageAssets assets_;
};

}  // namespace

std::size_t samples_on_page(const Comparison& comparison) {
  return std::max<std::size_t>(1, kSamplesOnPage / comparison.entries.size());
}

PageAssets no_assets(const ComparisonReport& report) {
  PageAssets assets;
  for (const Entry& entry : report.comparison.entries) {
    assets.samples.emplace_back(entry.samples.size());
  }
  assets.surprisal.resize(report.comparison.entries.size());
  return assets;
}

PageAssets page_assets(const ComparisonReport& report, std::size_t room) {
  return Packer(report, room).pack();
}

}  // namespace zipdream
