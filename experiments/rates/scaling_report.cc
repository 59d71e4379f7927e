// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "experiments/rates/report_parts.h"
#include "experiments/rates/reports.h"

namespace zipdream {
namespace {

// One model at one size of the data set.
struct Figure {
  Rate rate;
  double adjusted = 0;
  std::uint64_t chunks = 0;
  bool is_extrapolated = false;  // the data set has less than that
};

class Scaling {
 public:
  explicit Scaling(const RunResults& run_results)
      : results_(run_results), facts_(run_results.facts()) {
    rows_.resize(facts_.rows.size());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    std::ranges::stable_sort(rows_, {},
                             [&](std::size_t row) { return facts_.rows[row].parameters; });
  }

  // By parameters, fewest first.
  [[nodiscard]] const std::vector<std::size_t>& rows() const { return rows_; }

  [[nodiscard]] std::optional<Figure> at(std::size_t row, std::uint64_t size) const {
    // The smallest start that is not below the size, or all there is.
    std::size_t column = 0;
    while (column + 1 < facts_.columns.size() && facts_.columns[column].size < size) ++column;
    const Cell& cell = results_.chunked(row, column);
    if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) return std::nullopt;
    Figure figure{.rate = rate_of(cell.rate_sums[0], header_of(facts_, facts_.rows[row])),
                  .chunks = cell.rate_sums[0].chunks,
                  .is_extrapolated = facts_.columns[column].size < size};
    figure.adjusted =
        figure.rate.value + parameter_share(facts_.rows[row], static_cast<double>(size));
    return figure;
  }

  // The row of the lowest adjusted rate.
  [[nodiscard]] std::size_t optimum(std::uint64_t size) const {
    std::size_t best = rows_.front();
    for (const std::size_t row : rows_) {
      const auto figure = at(row, size);
      const auto lowest = at(best, size);
      if (figure && (!lowest || figure->adjusted < lowest->adjusted)) best = row;
    }
    return best;
  }

 private:
  const RunResults& results_;
  const RunFacts& facts_;
  std::vector<std::size_t> rows_;
};

std::string size_text(std::uint64_t size) {
  for (const auto& [unit, name] : {std::pair{1'000'000'000.0, "GB"}, {1e6, "MB"}, {1e3, "KB"}}) {
    if (static_cast<double>(size) >= unit) {
      return fmt::format("{:.4g} {}", static_cast<double>(size) / unit, name);
    }
  }
  return fmt::format("{} bytes", size);
}

ReportTable scaling_table(const RunResults& run_results, const Scaling& scaling) {
  const RunFacts& facts = run_results.facts();
  ReportTable table{.title = "Adjusted rate in % against the size of the data set",
                    .columns = {"model", "parameters"}};
  for (const std::uint64_t size : facts.lengths) table.columns.push_back(size_text(size));
  bool extrapolates = false;
  for (const std::size_t row : scaling.rows()) {
    table.rows.push_back(
        {row_label(facts.rows[row]), fmt::format("{}", facts.rows[row].parameters)});
    for (const std::uint64_t size : facts.lengths) {
      const auto figure = scaling.at(row, size);
      if (!figure) {
        table.rows.back().emplace_back("-");
        continue;
      }
      extrapolates = extrapolates || figure->is_extrapolated;
      table.rows.back().push_back(fmt::format("{}{}{}", figure->is_extrapolated ? "~" : "",
                                              percent_text(figure->adjusted),
                                              scaling.optimum(size) == row ? "*" : ""));
    }
  }
  table.notes = protocol_notes(run_results);
  table.notes.emplace_back("*: the best at that size. Adjusted: with 2 bytes for each parameter.");
  if (extrapolates) {
    table.notes.emplace_back(
        "~: the raw rate is that of the data at hand, which is less than "
        "that.");
  }
  return table;
}

ReportChart scaling_chart(const RunResults& run_results, const Scaling& scaling) {
  const RunFacts& facts = run_results.facts();
  ReportChart chart{.title = "Adjusted rate against the size of the model",
                    .x_title = "parameters",
                    .y_title = "adjusted, % of the raw size",
                    .x_is_logarithmic = true,
                    .note = "The best of each size:"};
  for (const std::uint64_t size : facts.lengths) {
    ReportSeries series{.name = size_text(size)};
    for (const std::size_t row : scaling.rows()) {
      const auto figure = scaling.at(row, size);
      if (!figure || facts.rows[row].parameters == 0) continue;  // has no place on the axis
      series.points.push_back(
          {.x = static_cast<double>(facts.rows[row].parameters), .y = 100 * figure->adjusted});
    }
    chart.note += fmt::format("{} {} {}",
                              series.points.empty()  ? ""
                              : chart.series.empty() ? ""
                                                     : ";",
                              series.name, facts.rows[scaling.optimum(size)].spec);
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

void add_records(const RunResults& run_results, const Scaling& scaling, Report& report) {
  const RunFacts& facts = run_results.facts();
  report.fields = {"model",          "parameters",    "size",    "chunks",         "rate",
                   "standard_error", "adjusted_rate", "is_best", "is_extrapolated"};
  for (const std::size_t row : scaling.rows()) {
    for (const std::uint64_t size : facts.lengths) {
      const auto figure = scaling.at(row, size);
      if (!figure) continue;
      report.records.push_back({facts.rows[row].spec, facts.rows[row].parameters, size,
                                figure->chunks, figure->rate.value, figure->rate.standard_error,
                                figure->adjusted, scaling.optimum(size) == row,
                                figure->is_extrapolated});
    }
  }
}

}  // namespace

Report scaling_report(const RunResults& run_results, const ReportOptions& /*options*/) {
  const Scaling scaling(run_results);
  Report report = empty_report(run_results);
  report.tables.push_back(scaling_table(run_results, scaling));
  report.charts.push_back(scaling_chart(run_results, scaling));
  add_records(run_results, scaling, report);
  return report;
}

Report make_report(const RunResults& run_results, const ReportOptions& options) {
  switch (run_results.facts().experiment) {
    case Experiment::kRates:
      return rates_report(run_results, options);
    case Experiment::kInContext:
      return in_context_report(run_results, options);
    case Experiment::kScaling:
      return scaling_report(run_results, options);
  }
  return {};
}

}  // namespace zipdream
