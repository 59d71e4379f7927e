// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

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
  explicit Scaling(const RunResults& results) : results_(results), spec_(results.spec()) {
    order_.resize(spec_.models.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::stable_sort(order_, {},
                             [&](std::size_t model) { return spec_.models[model].parameters; });
  }

  // By parameters, fewest first.
  [[nodiscard]] const std::vector<std::size_t>& models() const { return order_; }

  [[nodiscard]] std::optional<Figure> at(std::size_t model, std::uint64_t size) const {
    // The smallest start that is not below the size, or all there is.
    std::size_t data_set = 0;
    while (data_set + 1 < spec_.data_sets.size() && spec_.data_sets[data_set].size < size)
      ++data_set;
    const Cell& cell = results_.chunked(model, data_set);
    if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) return std::nullopt;
    Figure figure{.rate = rate_of(cell.rate_sums[0], header_of(spec_, spec_.models[model])),
                  .chunks = cell.rate_sums[0].chunks,
                  .is_extrapolated = spec_.data_sets[data_set].size < size};
    figure.adjusted =
        figure.rate.value + parameter_share(spec_.models[model], static_cast<double>(size));
    return figure;
  }

  // The model of the lowest adjusted rate.
  [[nodiscard]] std::size_t optimum(std::uint64_t size) const {
    std::size_t best = order_.front();
    for (const std::size_t model : order_) {
      const auto figure = at(model, size);
      const auto lowest = at(best, size);
      if (figure && (!lowest || figure->adjusted < lowest->adjusted)) best = model;
    }
    return best;
  }

 private:
  const RunResults& results_;
  const RunSpec& spec_;
  std::vector<std::size_t> order_;
};

std::string size_text(std::uint64_t size) {
  for (const auto& [unit, name] : {std::pair{1'000'000'000.0, "GB"}, {1e6, "MB"}, {1e3, "KB"}}) {
    if (static_cast<double>(size) >= unit) {
      return fmt::format("{:.4g} {}", static_cast<double>(size) / unit, name);
    }
  }
  return fmt::format("{} bytes", size);
}

ReportTable scaling_table(const RunResults& results, const Scaling& scaling) {
  const RunSpec& spec = results.spec();
  ReportTable table{.title = "Adjusted rate in % against the size of the data set",
                    .columns = {"model", "parameters"}};
  for (const std::uint64_t size : spec.lengths) table.columns.push_back(size_text(size));
  bool extrapolates = false;
  for (const std::size_t model : scaling.models()) {
    table.rows.push_back(
        {model_label(spec.models[model]), fmt::format("{}", spec.models[model].parameters)});
    for (const std::uint64_t size : spec.lengths) {
      const auto figure = scaling.at(model, size);
      if (!figure) {
        table.rows.back().emplace_back("-");
        continue;
      }
      extrapolates = extrapolates || figure->is_extrapolated;
      table.rows.back().push_back(fmt::format("{}{}{}", figure->is_extrapolated ? "~" : "",
                                              percent_text(figure->adjusted),
                                              scaling.optimum(size) == model ? "*" : ""));
    }
  }
  table.notes = protocol_notes(results);
  table.notes.emplace_back("*: the best at that size. Adjusted: with 2 bytes for each parameter.");
  if (extrapolates) {
    table.notes.emplace_back(
        "~: the raw rate is that of the data at hand, which is less than "
        "that.");
  }
  return table;
}

ReportChart scaling_chart(const RunResults& results, const Scaling& scaling) {
  const RunSpec& spec = results.spec();
  ReportChart chart{.title = "Adjusted rate against the size of the model",
                    .x_title = "parameters",
                    .y_title = "adjusted, % of the raw size",
                    .x_is_logarithmic = true,
                    .note = "The best of each size:"};
  for (const std::uint64_t size : spec.lengths) {
    ReportSeries series{.name = size_text(size)};
    for (const std::size_t model : scaling.models()) {
      const auto figure = scaling.at(model, size);
      if (!figure || spec.models[model].parameters == 0) continue;  // has no place on the axis
      series.points.push_back(
          {.x = static_cast<double>(spec.models[model].parameters), .y = 100 * figure->adjusted});
    }
    chart.note += fmt::format("{} {} {}",
                              series.points.empty()  ? ""
                              : chart.series.empty() ? ""
                                                     : ";",
                              series.name, spec.models[scaling.optimum(size)].spec);
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

void add_records(const RunResults& results, const Scaling& scaling, Report& report) {
  const RunSpec& spec = results.spec();
  report.fields = {"model",          "parameters",    "size",    "chunks",         "rate",
                   "standard_error", "adjusted_rate", "is_best", "is_extrapolated"};
  for (const std::size_t model : scaling.models()) {
    for (const std::uint64_t size : spec.lengths) {
      const auto figure = scaling.at(model, size);
      if (!figure) continue;
      report.records.push_back({spec.models[model].spec, spec.models[model].parameters, size,
                                figure->chunks, figure->rate.value, figure->rate.standard_error,
                                figure->adjusted, scaling.optimum(size) == model,
                                figure->is_extrapolated});
    }
  }
}

}  // namespace

Report scaling_report(const RunResults& results, const ReportOptions& /*options*/) {
  const Scaling scaling(results);
  Report report = empty_report(results);
  report.tables.push_back(scaling_table(results, scaling));
  report.charts.push_back(scaling_chart(results, scaling));
  add_records(results, scaling, report);
  return report;
}

}  // namespace zipdream
