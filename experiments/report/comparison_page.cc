// SPDX-License-Identifier: Apache-2.0
// The page of a comparison: what it shows, as JSON for its script (page/*.js).
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/terminal_text.h"
#include "experiments/report/comparison_report.h"
#include "experiments/report/json_parts.h"
#include "experiments/report/page.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

// What a page can hold, of all texts together: bytes, and bytes whose alternatives can be looked
// at. One takes about 12 bytes of the page, the other 90 more.
constexpr std::size_t kShownBytes = 60000;
constexpr std::size_t kDetailedBytes = 16000;
constexpr std::size_t kTracedBytes = 6000;  // of which it is told where they come from
constexpr std::size_t kShownPrompt = 3000;  // the end of the prompt
constexpr std::size_t kCurvePoints = 240;

// As short as possible; fewer digits would show.
Json short_number(double value) {
  return std::strtod(fmt::format("{:.5g}", value).c_str(), nullptr);
}

Json short_numbers(std::span<const double> values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(short_number(value));
  return list;
}

// Characters, and how many bytes each is where they are not all one.
void add_cells(ByteView bytes, Json& json) {
  Json shown = Json::array();
  Json sizes = Json::array();
  bool uneven = false;
  for (const TextCell& cell : text_cells(bytes)) {
    shown.push_back(cell.shown);
    sizes.push_back(cell.bytes);
    uneven = uneven || cell.bytes != 1;
  }
  json["cells"] = std::move(shown);
  if (uneven) json["sizes"] = std::move(sizes);
}

class PageData {
 public:
  PageData(const ComparisonReport& report, const PageAssets& assets)
      : report_(report), assets_(assets), is_text_(report.job.media() == Media::kText) {
    samples_ = samples_on_page(report.comparison);
    std::size_t texts = 1;
    for (const VariantRun& run : report.comparison.runs) {
      texts += 1 + std::min(samples_, run.samples.size());
    }
    shown_ = kShownBytes / texts;
    detailed_ = kDetailedBytes / texts;
    traced_ = kTracedBytes / texts;
  }

  [[nodiscard]] Json make() const {
    const MediaJob& job = report_.job;
    Json json = {{"media", media_name(job.media())},
                 {"job", job.describe()},
                 {"interrupted", report_.comparison.interrupted},
                 {"long_run", kLongRun},
                 {"left_out", assets_.left_out},
                 {"heat", heat()},
                 {"prompt", prompt()},
                 {"reference", reference()},
                 {"files", Json::object()},
                 {"runs", Json::array()}};
    add_origin(report_.origin, json);
    for (const PageAsset& file : assets_.files) json["files"][file.id] = file.url;
    for (std::size_t i = 0; i < report_.comparison.runs.size(); ++i) {
      json["runs"].push_back(variant(i));
    }
    return json;
  }

 private:
  static Json heat() {
    Json colors = Json::array();
    for (const HeatColor& color : kHeatColors) {
      colors.push_back(fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue));
    }
    return {{"bounds", kHeatBounds}, {"colors", std::move(colors)}};
  }

  [[nodiscard]] Json prompt() const {
    std::size_t bytes = 0;
    for (const Sequence& sequence : report_.job.sequences())
      bytes += all_prompt_bytes(sequence).size();
    Json json = {{"bytes", bytes}, {"picture", assets_.prompt}};
    if (is_text_) {
      const ByteView text = report_.job.sequences().front().prompt;
      json["text"] = terminal_text(text.last(std::min(text.size(), kShownPrompt)));
      json["omitted"] = text.size() - std::min(text.size(), kShownPrompt);
    }
    if (const auto parts = report_.job.picture(report_.job.reference())) {
      json["parts"] = {{"prompt", {parts->prompt.width, parts->prompt.height}},
                       {"generated", {parts->generated.width, parts->generated.height}},
                       {"stacked", parts->generated.y > 0}};
    }
    return json;
  }

  [[nodiscard]] Json reference() const {
    const auto reference = report_.job.reference();
    if (reference.empty()) return nullptr;
    const Bytes bytes = joined(reference);
    Json json = {{"bytes", bytes.size()}};
    add_files(assets_.reference, json);
    if (is_text_) add_cells(ByteView(bytes).first(std::min(bytes.size(), shown_)), json);
    return json;
  }

  static void add_files(const SampleAssets& files, Json& json) {
    json["picture"] = files.picture;
    json["difference"] = files.difference;
    json["audio"] = files.audio;
    json["spectrogram"] = files.spectrogram;
  }

  static void add_curve(const SurprisalTrace& trace, Json& json) {
    const SurprisalCurve line = surprisal_curve(trace.bits, kCurvePoints);
    json["window"] = line.window;
    json["curve"] = Json::array();
    for (const SurprisalCurve::Point& point : line.points) {
      json["curve"].push_back(
          {point.position, short_number(point.cumulative), short_number(point.recent)});
    }
  }

  // [byte, [the mean weight of each member since the last point]], of mixtures.
  static void add_weights(const SurprisalTrace& trace, Json& json) {
    if (trace.member_weights.empty()) return;
    const std::size_t bytes = trace.bits.size();
    const std::size_t points = std::min(kCurvePoints, bytes);
    json["weights"] = Json::array();
    for (std::size_t i = 0; i < points; ++i) {
      const std::size_t begin = bytes * i / points;
      const std::size_t end = bytes * (i + 1) / points;
      Json means = Json::array();
      for (const auto& weights : trace.member_weights) {
        const auto first = weights.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = weights.begin() + static_cast<std::ptrdiff_t>(end);
        means.push_back(
            short_number(std::accumulate(first, last, 0.0) / static_cast<double>(end - begin)));
      }
      json["weights"].push_back({end, std::move(means)});
    }
  }

  [[nodiscard]] Json trace(const std::optional<SurprisalTrace>& trace, bool with_curve) const {
    if (!trace) return nullptr;
    Json json = {{"bits", trace->total()}, {"bits_per_byte", trace->per_byte()}};
    if (with_curve) add_curve(*trace, json);
    if (with_curve) add_weights(*trace, json);
    if (!is_text_) return json;
    const std::size_t count = std::min(shown_, trace->bits.size());
    json["bits_of_bytes"] = short_numbers(std::span(trace->bits).first(count));
    json["ranks_of_bytes"] =
        std::vector(trace->ranks.begin(), trace->ranks.begin() + static_cast<long>(count));
    if (!trace->symbol_bytes.empty()) {
      json["bytes_of_symbols"] = Json::array();
      std::size_t bytes = 0;
      for (const std::uint32_t size : trace->symbol_bytes) {
        if (bytes >= count) break;
        json["bytes_of_symbols"].push_back(size);
        bytes += size;
      }
    }
    json["alternatives"] = alternatives_json<Json>(*trace, detailed_);
    for (Json& list : json["alternatives"]) {
      for (Json& alternative : list) alternative[1] = short_number(alternative[1].get<double>());
    }
    add_sources(*trace, json);
    return json;
  }

  // [probability, elsewhere, others, place, its part, place, its part, ...]; places before the text
  // are below 0.
  void add_sources(const SurprisalTrace& trace, Json& json) const {
    json["sources"] = Json::array();
    const std::size_t count = std::min(traced_, trace.sources.size());
    for (const Sources& sources : std::span(trace.sources).first(count)) {
      Json row = {short_number(sources.probability), short_number(sources.elsewhere),
                  short_number(sources.others)};
      for (const Source& source : sources.list) {
        row.push_back(static_cast<std::int64_t>(source.at));
        row.push_back(short_number(source.probability));
      }
      json["sources"].push_back(std::move(row));
    }
  }

  static Json overview_json(const VariantRun& run) {
    const auto view = overview(run);
    if (!view) return nullptr;
    return {{"seconds", view->seconds},
            {"bytes_per_second", view->bytes_per_second},
            {"longest_copied_run", view->longest_copied_run},
            {"copied_share", view->copied_share},
            {"repeated_share", view->repeated_share},
            {"distinct_4grams", optional_json<Json>(view->distinct_4grams)},
            {"bits_per_byte", optional_json<Json>(view->bits_per_byte)},
            {"mean_difference", optional_json<Json>(view->mean_difference)}};
  }

  // The curves of samples are shown where there is no reference.
  [[nodiscard]] Json sample(const Sample& sample, const SampleAssets& files, bool first) const {
    Json json = {{"seed", sample.seed}, {"failure", sample.failure}};
    if (!sample.failure.empty()) return json;
    json["seconds"] = sample.seconds;
    json["bytes_per_second"] = sample.bytes_per_second();
    json["bytes"] = sample.metrics.bytes;
    add_metrics(sample.metrics, json["metrics"]);
    json["metrics"]["mean_difference"] = optional_json<Json>(sample.mean_difference);
    json["surprisal_trace"] = trace(sample.trace, first && report_.job.reference().empty());
    add_files(files, json);
    if (!is_text_) return json;
    const ByteView bytes = sample.continuations.front();
    add_cells(bytes.first(std::min(bytes.size(), shown_)), json);
    return json;
  }

  [[nodiscard]] Json variant(std::size_t i) const {
    const VariantRun& run = report_.comparison.runs[i];
    Json json;
    add_variant(run.variant, json);
    json["failure"] = run.failure;
    json["reference"] = trace(run.reference, true);
    json["surprisal"] = assets_.surprisal[i];
    json["overview"] = overview_json(run);
    json["samples"] = Json::array();
    const std::size_t count = std::min(samples_, run.samples.size());
    json["samples_left_out"] = run.samples.size() - count;
    for (std::size_t k = 0; k < count; ++k) {
      json["samples"].push_back(sample(run.samples[k], assets_.samples[i][k], k == 0));
    }
    return json;
  }

  const ComparisonReport& report_;
  const PageAssets& assets_;
  bool is_text_;
  std::size_t samples_ = 0;   // of each run
  std::size_t shown_ = 0;     // bytes of each text
  std::size_t detailed_ = 0;  // of these, bytes with alternatives
  std::size_t traced_ = 0;    // and with their sources
};

// A text's characters and what the predictor made of them are cut to what a page can hold, evenly
// among all texts; how much there is in all stands beside. Holds no '<', so that nothing in it can
// end the script element it stands in.
std::string page_data(const ComparisonReport& report, const PageAssets& assets) {
  const std::string plain =
      PageData(report, assets).make().dump(-1, ' ', false, Json::error_handler_t::replace);
  return script_safe(plain);
}

std::size_t fixed_bytes() {
  return kPageFrame.size() + kComparisonHtml.size() + kPageStyle.size() + kComparisonScript.size() +
         kChartJs.size();
}

}  // namespace

std::string comparison_page(const ComparisonReport& report) {
  // The data without files says how many bytes are left for them.
  const std::size_t rest = page_data(report, no_assets(report)).size() + fixed_bytes();
  const std::size_t left = rest < kMaxPageBytes ? kMaxPageBytes - rest : 0;
  return fill_page(kComparisonHtml, kComparisonScript,
                   page_data(report, page_assets(report, left)));
}

}  // namespace zipdream
