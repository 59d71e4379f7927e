// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "experiments/rates/report_parts.h"
#include "experiments/rates/reports.h"

namespace zipdream {
namespace {

constexpr double kOf95Percent = 1.96;  // standard errors to either side

// Rows on one data set.
struct Curves {
  ReportTable table;
  ReportChart chart;
};

Curves curves_of(const RunResults& run_results, std::size_t column) {
  const RunFacts& facts = run_results.facts();
  const std::string& data = facts.columns[column].name;
  Curves curves;
  curves.table.title = fmt::format("{}: size of the first bytes of a chunk, in % of them", data);
  curves.table.columns = {"bytes"};
  curves.chart = {.title = data,
                  .x_title = "position in the chunk, bytes",
                  .y_title = "% of the raw size so far",
                  .x_is_logarithmic = true,
                  .note = "Bands: 95 % confidence, over chunks."};
  for (const std::size_t length : facts.lengths) {
    curves.table.rows.push_back({fmt::format("{}", length)});
  }
  for (std::size_t row = 0; row < facts.rows.size(); ++row) {
    const Cell& cell = run_results.chunked(row, column);
    if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) continue;
    ReportSeries series{.name = facts.rows[row].spec};
    curves.table.columns.push_back(row_label(facts.rows[row]));
    for (std::size_t i = 0; i < cell.rate_sums.size(); ++i) {
      const Rate rate = rate_of(cell.rate_sums[i], header_of(facts, facts.rows[row]));
      series.points.push_back({.x = static_cast<double>(facts.lengths[i]),
                               .y = 100 * rate.value,
                               .error = 100 * kOf95Percent * rate.standard_error});
      curves.table.rows[i].push_back(
          fmt::format("{} ± {}", percent_text(rate.value, 1),
                      percent_text(kOf95Percent * rate.standard_error, 1)));
    }
    curves.chart.series.push_back(std::move(series));
  }
  return curves;
}

void add_records(const RunResults& run_results, Report& report) {
  const RunFacts& facts = run_results.facts();
  report.fields = {"model", "data", "position", "chunks", "rate", "standard_error"};
  for (std::size_t row = 0; row < facts.rows.size(); ++row) {
    for (std::size_t column = 0; column < facts.columns.size(); ++column) {
      const Cell& cell = run_results.chunked(row, column);
      for (std::size_t i = 0; i < cell.rate_sums.size(); ++i) {
        if (cell.rate_sums[i].bytes == 0) continue;
        const Rate rate = rate_of(cell.rate_sums[i], header_of(facts, facts.rows[row]));
        report.records.push_back({facts.rows[row].spec, facts.columns[column].name,
                                  std::uint64_t{facts.lengths[i]}, cell.rate_sums[i].chunks,
                                  rate.value, rate.standard_error});
      }
    }
  }
}

}  // namespace

Report in_context_report(const RunResults& run_results, const ReportOptions& /*options*/) {
  Report report = empty_report(run_results);
  for (std::size_t column = 0; column < run_results.facts().columns.size(); ++column) {
    Curves curves = curves_of(run_results, column);
    report.tables.push_back(std::move(curves.table));
    report.charts.push_back(std::move(curves.chart));
  }
  report.tables.back().notes = protocol_notes(run_results);
  report.tables.back().notes.emplace_back("±: 95 % confidence, over chunks.");
  add_records(run_results, report);
  return report;
}

}  // namespace zipdream
