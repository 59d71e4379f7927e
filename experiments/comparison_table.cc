// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/terminal.h"
#include "experiments/comparison_report.h"
#include "media/terminal_text.h"

namespace zipdream {
namespace {

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
    for (const std::string& cell : column.cells) width = std::max(width, cell.size());
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

// The fewest bits per byte that any law needs for the reference.
std::optional<double> best_reference(const Comparison& comparison) {
  std::optional<double> best;
  for (const Entry& entry : comparison.entries) {
    if (entry.reference)
      best = std::min(best.value_or(entry.reference->per_byte()), entry.reference->per_byte());
  }
  return best;
}

std::string reference_cell(const Entry& entry, std::optional<double> best) {
  if (!entry.reference) return "- ";
  const double bits = entry.reference->per_byte();
  const char mark = bits == best ? '*' : entry.variant.has_probs_of_its_own ? ' ' : '~';
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
  std::vector<Column> columns = {{"#"},         {"variant", true}, {"method", true}, {"law", true},
                                 {"true bpb "}, {"own bpb"},       {"longest copy"}, {"copied"},
                                 {"looped"},    {"4-grams"},       {"time"},         {"bytes/s"}};
  if (image) columns.push_back({"difference"});
  const std::optional<double> best = best_reference(report.comparison);
  std::size_t row = 0;
  for (const Entry& entry : report.comparison.entries) {
    const VariantName& variant = entry.variant;
    std::vector<std::string> cells = {fmt::format("{}", ++row), variant.name, variant.method,
                                      variant.probs, reference_cell(entry, best)};
    for (std::string& cell : result_cells(overview(entry), image)) cells.push_back(std::move(cell));
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
  }
  return layout(columns, row);
}

std::string legend(const ComparisonReport& report) {
  std::string text;
  if (!report.job.reference().empty()) {
    text +=
        "true bpb: bits per byte of the true continuation by the law, before any sampler; * the "
        "best\n";
  }
  const bool borrowed = std::ranges::any_of(
      report.comparison.entries, [](const Entry& e) { return !e.variant.has_probs_of_its_own; });
  if (borrowed && !report.job.reference().empty()) {
    text += "~ the method has no next-byte law: it is its model's law that scores\n";
  }
  text += fmt::format(
      "own bpb: of its own samples; copied, looped: share in strings of {}+ bytes that stand in "
      "the "
      "context, or earlier in the sample; 4-grams: distinct\n",
      kLongRun);
  if (report.job.media() == Media::kImage) {
    text += "difference: of generated pixels from the true ones, mean, of 255\n";
  }
  return text;
}

std::string block(const std::string& title, ByteView bytes, std::size_t shown, bool end) {
  std::string text = fmt::format("\n--- {}", title);
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
    all += block("true continuation", job.reference().front(), kShownText, false);
  }
  std::size_t row = 0;
  for (const Entry& entry : report.comparison.entries) {
    ++row;
    for (const Sample& sample : entry.samples) {
      if (!sample.failure.empty()) continue;
      const std::string title = fmt::format("{} {}, seed {}", row, entry.variant.name, sample.seed);
      all += block(title, sample.continuations.front(), kShownText, false);
    }
  }
  return all;
}

std::string failures(const Comparison& comparison) {
  std::string text;
  std::size_t row = 0;
  for (const Entry& entry : comparison.entries) {
    ++row;
    for (const Sample& sample : entry.samples) {
      if (sample.failure.empty()) continue;
      text += fmt::format("{} {}, seed {}: failed: {}\n", row, entry.variant.name, sample.seed,
                          sample.failure);
    }
  }
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string comparison_table(const ComparisonReport& report) {
  std::string table = report.job.describe();
  if (!report.job.reference().empty()) table += "; the true continuation is known";
  table += "\n\n" + overview_table(report) + "\n" + legend(report) + failures(report.comparison);
  if (report.job.media() == Media::kText) table += texts(report);
  return table;
}

}  // namespace zipdream
