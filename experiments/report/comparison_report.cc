// SPDX-License-Identifier: Apache-2.0
// A comparison as a table for the terminal and as JSON; comparison_page.cc makes a page of it.
#include "experiments/report/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/terminal.h"
#include "base/terminal_text.h"
#include "experiments/report/json_parts.h"

namespace zipdream {
namespace {

// ---- Table ----

constexpr std::size_t kShownPrompt = 400;  // bytes of its end
constexpr std::size_t kShownText = 4000;   // bytes of the beginning of a reference or a sample

struct Column {
  std::string title;
  bool left = false;
  std::vector<std::string> cells;
};

std::string layout(const std::vector<Column>& columns, std::size_t rows) {
  std::vector<std::string> lines(rows + 1);
  for (const Column& column : columns) {
    std::size_t width = column.title.size();
    for (const std::string& cell : column.cells) width = std::max(width, terminal_columns(cell));
    for (std::size_t i = 0; i <= rows; ++i) {
      const std::string& cell = i == 0 ? column.title : column.cells[i - 1];
      if (!lines[i].empty()) lines[i] += "  ";
      lines[i] +=
          column.left ? fmt::format("{:<{}}", cell, width) : fmt::format("{:>{}}", cell, width);
    }
  }
  std::string table;
  for (std::string& line : lines) {
    line.resize(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  }
  return table;
}

std::string number(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

// The fewest bits per byte that any variant needs for the reference.
std::optional<double> best_reference(const Comparison& comparison) {
  std::optional<double> best;
  for (const VariantRun& run : comparison.runs) {
    if (run.reference)
      best = std::min(best.value_or(run.reference->per_byte()), run.reference->per_byte());
  }
  return best;
}

std::string reference_cell(const VariantRun& run, std::optional<double> best) {
  if (!run.reference) return "- ";
  const double bits = run.reference->per_byte();
  const char mark = bits == best ? '*' : run.variant.has_probs_of_its_own ? ' ' : '~';
  return fmt::format("{:.3f}{}", bits, mark);
}

std::vector<std::string> result_cells(const std::optional<Overview>& view, bool image) {
  if (!view) return std::vector<std::string>(image ? 8 : 7, "-");
  std::vector<std::string> cells = {number(view->bits_per_byte, 3),
                                    fmt::format("{}", view->longest_copied_run),
                                    percent(view->copied_share),
                                    percent(view->repeated_share),
                                    percent(view->distinct_4grams),
                                    format_seconds(view->seconds),
                                    fmt::format("{:.3g}", view->bytes_per_second)};
  if (image) cells.push_back(number(view->mean_difference, 1));
  return cells;
}

std::string overview_table(const ComparisonReport& report) {
  const bool image = report.job.media() == Media::kImage;
  std::vector<Column> columns = {{"#"},
                                 {"variant", true},
                                 {"method", true},
                                 {"probabilities", true},
                                 {"reference bpb "},
                                 {"own bpb"},
                                 {"longest copy"},
                                 {"copied"},
                                 {"looped"},
                                 {"4-grams"},
                                 {"time"},
                                 {"bytes/s"}};
  if (image) columns.push_back({"difference"});
  const std::optional<double> best = best_reference(report.comparison);
  std::size_t row = 0;
  for (const VariantRun& run : report.comparison.runs) {
    const VariantName& variant = run.variant;
    std::vector<std::string> cells = {fmt::format("{}", ++row), terminal_line(variant.name),
                                      variant.method, variant.probs, reference_cell(run, best)};
    for (std::string& cell : result_cells(overview(run), image)) cells.push_back(std::move(cell));
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
  }
  return layout(columns, row);
}

std::string legend(const ComparisonReport& report) {
  std::string text;
  if (!report.job.reference().empty()) {
    text +=
        "reference bpb: bits per byte of the reference continuation by the probabilities, before "
        "any "
        "sampler; * the best\n";
  }
  const bool borrowed = std::ranges::any_of(
      report.comparison.runs, [](const VariantRun& e) { return !e.variant.has_probs_of_its_own; });
  if (borrowed && !report.job.reference().empty()) {
    text += "~ the method has no next-byte probabilities: its model's score\n";
  }
  text += fmt::format(
      "own bpb: of its own samples; copied, looped: share in strings of {}+ bytes that stand in "
      "the "
      "context, or earlier in the sample; 4-grams: distinct\n",
      kLongRun);
  if (report.job.media() == Media::kImage) {
    text += "difference: of generated pixels from the reference, mean, of 255\n";
  }
  return text;
}

std::string block(const std::string& title, ByteView bytes, std::size_t shown, bool end) {
  std::string text = fmt::format("\n--- {}", terminal_line(title));
  if (bytes.size() > shown) {
    text += fmt::format(", the {} {} of {} bytes", end ? "last" : "first", shown, bytes.size());
    bytes = end ? bytes.last(shown) : bytes.first(shown);
  }
  return text + "\n" + terminal_text(bytes) + "\n";
}

std::string texts(const ComparisonReport& report) {
  const MediaJob& job = report.job;
  std::string all = block("prompt", job.sequences().front().prompt, kShownPrompt, true);
  if (!job.reference().empty()) {
    all += block("reference continuation", job.reference().front(), kShownText, false);
  }
  std::size_t row = 0;
  for (const VariantRun& run : report.comparison.runs) {
    ++row;
    for (const Sample& sample : run.samples) {
      if (!sample.failure.empty()) continue;
      const std::string title = fmt::format("{} {}, seed {}", row, run.variant.name, sample.seed);
      all += block(title, sample.continuations.front(), kShownText, false);
    }
  }
  return all;
}

std::string failures(const Comparison& comparison) {
  std::string text;
  std::size_t row = 0;
  for (const VariantRun& run : comparison.runs) {
    ++row;
    if (!run.failure.empty()) {
      text += terminal_line(fmt::format("{} {}: failed: {}", row, run.variant.name, run.failure)) +
              "\n";
      continue;
    }
    for (const Sample& sample : run.samples) {
      if (sample.failure.empty()) continue;
      text += terminal_line(fmt::format("{} {}, seed {}: failed: {}", row, run.variant.name,
                                        sample.seed, sample.failure)) +
              "\n";
    }
  }
  return text.empty() ? text : "\n" + text;
}

// ---- JSON ----

using Json = nlohmann::ordered_json;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

void add_content(Media media, std::span<const Bytes> parts, Json& json) {
  const Bytes bytes = joined(parts);
  json["bytes"] = bytes.size();
  if (media == Media::kText) json["text"] = terminal_text(bytes);
  json["hex"] = fmt::format("{:02x}", fmt::join(bytes, ""));
}

Json trace_json(const std::optional<SurprisalTrace>& trace) {
  if (!trace) return {};
  return {{"bits", trace->total()},
          {"bits_per_byte", trace->per_byte()},
          {"bits_of_bytes", trace->bits},
          {"ranks_of_bytes", trace->ranks},
          {"bytes_of_symbols", trace->symbol_bytes},
          {"member_weights", trace->member_weights},
          {"alternatives", alternatives_json<Json>(*trace, kAll)}};
}

Json sample_json(const Sample& sample, Media media) {
  Json json = {{"seed", sample.seed}};
  if (!sample.failure.empty()) {
    json["failure"] = sample.failure;
    return json;
  }
  json["seconds"] = sample.seconds;
  json["bytes_per_second"] = sample.bytes_per_second();
  add_metrics(sample.metrics, json["metrics"]);
  json["metrics"]["mean_difference"] = optional_json<Json>(sample.mean_difference);
  add_content(media, sample.continuations, json);
  json["surprisal_trace"] = trace_json(sample.trace);
  return json;
}

Json run_json(const VariantRun& run, Media media) {
  Json json;
  add_variant(run.variant, json);
  json["failure"] = run.failure.empty() ? Json() : Json(run.failure);
  json["reference"] = trace_json(run.reference);
  json["samples"] = Json::array();
  for (const Sample& sample : run.samples) json["samples"].push_back(sample_json(sample, media));
  return json;
}

}  // namespace

std::string comparison_table(const ComparisonReport& report) {
  std::string table = report.job.describe();
  if (!report.job.reference().empty()) table += "; the reference continuation is known";
  table += "\n\n" + overview_table(report) + "\n" + legend(report) + failures(report.comparison);
  if (report.job.media() == Media::kText) table += texts(report);
  return table;
}

std::string comparison_json(const ComparisonReport& report) {
  const MediaJob& job = report.job;
  Json json = {{"media", media_name(job.media())}, {"job", job.describe()}};
  json["interrupted"] = report.comparison.interrupted;
  add_origin(report.origin, json);
  std::size_t prompt_bytes = 0;
  for (const Sequence& sequence : job.sequences())
    prompt_bytes += all_prompt_bytes(sequence).size();
  json["prompt"] = {{"bytes", prompt_bytes}};
  if (job.media() == Media::kText) {
    json["prompt"]["text"] = terminal_text(job.sequences().front().prompt);
  }
  json["reference"] = Json();
  if (!job.reference().empty()) add_content(job.media(), job.reference(), json["reference"]);
  json["runs"] = Json::array();
  for (const VariantRun& run : report.comparison.runs) {
    json["runs"].push_back(run_json(run, job.media()));
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace zipdream
