// SPDX-License-Identifier: Apache-2.0
// Pages from their parts, and the page of a report.
#include "experiments/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/encodings.h"
#include "base/files.h"
#include "experiments/report/report.h"
#include "experiments/surprisal_trace.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

Json chart_json(const ReportChart& chart) {
  Json json = {{"title", chart.title},
               {"kind", chart.kind == ReportChart::Kind::kBars ? "bars" : "lines"},
               {"x_title", chart.x_title},
               {"y_title", chart.y_title},
               {"x_is_logarithmic", chart.x_is_logarithmic},
               {"labels", chart.labels},
               {"note", chart.note},
               {"series", Json::array()}};
  for (const ReportSeries& series : chart.series) {
    Json points = Json::array();
    for (const ReportPoint& point : series.points) {
      points.push_back({point.x, point.y, point.error ? Json(*point.error) : Json()});
    }
    json["series"].push_back({{"name", series.name}, {"points", std::move(points)}});
  }
  return json;
}

}  // namespace

std::string fill_page(std::string_view content, std::string_view script, std::string_view data) {
  const auto part = [&](std::string_view name) {
    if (name == "style") return kPageStyle;
    if (name == "chart") return kChartJs;
    if (name == "content") return content;
    return name == "script" ? script : data;
  };
  std::string filled;
  std::string_view page = kPageFrame;
  while (true) {
    const std::size_t begin = page.find("{{");
    if (begin == std::string_view::npos) return filled.append(page);
    const std::size_t end = page.find("}}", begin);
    filled.append(page.substr(0, begin));
    filled.append(part(page.substr(begin + 2, end - begin - 2)));
    page.remove_prefix(end + 2);
  }
}

std::string script_safe(std::string_view json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";  // within a JSON string, the only place where it can stand
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string report_page(const Report& report) {
  Json json = {{"experiment", report.experiment}, {"subject", report.subject}};
  json["tables"] = Json::array();
  for (const ReportTable& table : report.tables) {
    json["tables"].push_back({{"title", table.title},
                              {"columns", table.columns},
                              {"rows", table.rows},
                              {"notes", table.notes}});
  }
  json["charts"] = Json::array();
  for (const ReportChart& chart : report.charts) json["charts"].push_back(chart_json(chart));
  json["origin"] = Json::array();
  for (const auto& [name, value] : report.origin) json["origin"].push_back({name, value});
  const std::string data = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fill_page(kReportHtml, kReportScript, script_safe(data));
}

namespace {

constexpr int kPngLevel = 9;
constexpr int kViewWidth = 800;
constexpr std::size_t kSamplesOnPage = 96;  // of all runs together, but one of each
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
  Packer(const ComparisonReport& report, std::size_t max_bytes)
      : report_(report), left_(max_bytes), assets_(no_assets(report)) {}

  PageAssets pack() {
    if (report_.job.media() == Media::kImage) pack_images();
    if (report_.job.media() == Media::kAudio) pack_audio();
    return std::move(assets_);
  }

 private:
  // The id of the file, empty if it does not fit.
  std::string add(std::string_view type, const Bytes& file) {
    PageAsset asset = {fmt::format("a{}", assets_.files.size()),
                       fmt::format("data:{};base64,{}", type, base64(file))};
    if (asset.url.size() + kNameBytes > left_) {
      ++assets_.left_out;
      return {};
    }
    left_ -= asset.url.size() + kNameBytes;
    assets_.files.push_back(std::move(asset));
    return assets_.files.back().id;
  }

  std::string add_picture(const Image& image) { return add("image/png", png(image)); }

  using OnSample = std::function<void(const Sample& sample, SampleAssets& assets)>;

  // Of every run the samples [begin, end) that did not fail.
  void each_sample(std::size_t begin, std::size_t end, const OnSample& visit) {
    end = std::min(end, samples_on_page(report_.comparison));
    const auto& runs = report_.comparison.runs;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto& samples = runs[i].samples;
      for (std::size_t k = begin; k < std::min(end, samples.size()); ++k) {
        if (samples[k].failure.empty()) visit(samples[k], assets_.samples[i][k]);
      }
    }
  }

  void pack_images() {
    const auto reference = report_.job.reference();
    const ImageParts parts = *report_.job.picture(reference);
    assets_.prompt = add_picture(prompt_part(parts));
    assets_.reference.picture = add_picture(generated_part(parts, reference));
    const auto add_sample = [&](const Sample& sample, SampleAssets& assets) {
      assets.picture = add_picture(generated_part(parts, sample.continuations));
    };
    const auto add_difference = [&](const Sample& sample, SampleAssets& assets) {
      assets.difference = add_picture(difference(parts, sample.continuations, reference));
    };
    each_sample(0, 1, add_sample);
    const auto& runs = report_.comparison.runs;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (!runs[i].reference) continue;
      assets_.surprisal[i] = add_picture(surprisal_map(parts, *runs[i].reference));
    }
    each_sample(0, 1, add_difference);
    each_sample(1, kAll, add_sample);
    each_sample(1, kAll, add_difference);
  }

  void add_audio(std::span<const Bytes> continuations, SampleAssets& assets) {
    assets.audio = add("audio/wav", report_.job.file(continuations, "audio.wav"));
    assets.spectrogram = add("image/png", shrunk(report_.job.view(continuations)));
  }

  void pack_audio() {
    if (!report_.job.reference().empty()) add_audio(report_.job.reference(), assets_.reference);
    const auto add_sample = [&](const Sample& sample, SampleAssets& assets) {
      add_audio(sample.continuations, assets);
    };
    each_sample(0, 1, add_sample);
    each_sample(1, kAll, add_sample);
  }

  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);

  const ComparisonReport& report_;
  std::size_t left_;  // bytes
  PageAssets assets_;
};

// Of the generated part, without pixels.
Image empty_part(const ImageParts& parts, int channels) {
  return {parts.generated.width, parts.generated.height, channels, {}};
}

}  // namespace

std::size_t samples_on_page(const Comparison& comparison) {
  return std::max<std::size_t>(1, kSamplesOnPage / comparison.runs.size());
}

PageAssets no_assets(const ComparisonReport& report) {
  PageAssets assets;
  for (const VariantRun& run : report.comparison.runs) {
    assets.samples.emplace_back(run.samples.size());
  }
  assets.surprisal.resize(report.comparison.runs.size());
  return assets;
}

PageAssets page_assets(const ComparisonReport& report, std::size_t max_bytes) {
  return Packer(report, max_bytes).pack();
}

Image prompt_part(const ImageParts& parts) {
  const Image& whole = parts.image;
  const auto channels = static_cast<std::size_t>(whole.channels);
  Image part = {parts.prompt.width, parts.prompt.height, whole.channels, {}};
  for (int y = 0; y < part.height; ++y) {
    const std::size_t row = static_cast<std::size_t>(parts.prompt.y + y) * whole.row_bytes();
    const std::size_t begin = row + static_cast<std::size_t>(parts.prompt.x) * channels;
    const ByteView pixels = ByteView(whole.pixels).subspan(begin, part.row_bytes());
    part.pixels.insert(part.pixels.end(), pixels.begin(), pixels.end());
  }
  return part;
}

Image generated_part(const ImageParts& parts, std::span<const Bytes> continuations) {
  Image part = empty_part(parts, parts.image.channels);
  part.pixels = joined(continuations);
  assert(part.pixels.size() == part.size_bytes());
  return part;
}

Image difference(const ImageParts& parts, std::span<const Bytes> continuations,
                 std::span<const Bytes> reference) {
  const Bytes ours = joined(continuations);
  const Bytes theirs = joined(reference);
  const auto channels = static_cast<std::size_t>(parts.image.channels);
  assert(ours.size() == theirs.size() && ours.size() % channels == 0);
  Image gray = empty_part(parts, 1);
  for (std::size_t i = 0; i < ours.size(); i += channels) {
    double sum = 0;
    for (std::size_t c = i; c < i + channels; ++c) sum += std::abs(ours[c] - theirs[c]);
    const double share = sum / static_cast<double>(channels) / 255;
    gray.pixels.push_back(static_cast<Byte>(std::lround(255 * std::sqrt(share))));
  }
  return gray;
}

Image surprisal_map(const ImageParts& parts, const SurprisalTrace& trace) {
  const auto channels = static_cast<std::size_t>(parts.image.channels);
  assert(trace.bits.size() % channels == 0);
  Image map = empty_part(parts, 3);
  for (std::size_t i = 0; i < trace.bits.size(); i += channels) {
    double sum = 0;
    for (std::size_t c = i; c < i + channels; ++c) sum += trace.bits[c];
    const HeatColor color = kHeatColors[heat_level(sum / static_cast<double>(channels))];
    map.pixels.insert(map.pixels.end(), {color.red, color.green, color.blue});
  }
  return map;
}

}  // namespace zipdream
