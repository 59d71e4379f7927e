// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "experiments/data/known.h"
#include "experiments/rates/reports.h"

namespace zipdream {
namespace {

// One model on one data set in one way.
struct Figure {
  const RunModel* model = nullptr;
  const RunDataSet* data_set = nullptr;
  bool whole = false;
  RateSum rate_sum;
  Rate rate;
  double adjusted = 0;
  double seconds = 0;
  std::optional<Published> published;
};

class Figures {
 public:
  explicit Figures(const RunResults& results) : results_(results), spec_(results.spec()) {}

  // The modes that were asked for, whole first as in the paper.
  [[nodiscard]] std::vector<bool> modes() const {
    std::vector<bool> modes;
    if (spec_.whole) modes.push_back(true);
    if (spec_.chunked) modes.push_back(false);
    return modes;
  }

  // Nothing where nothing was measured.
  [[nodiscard]] std::optional<Figure> at(std::size_t model, std::size_t data_set,
                                         bool whole) const {
    const Cell& cell = whole ? results_.whole(model, data_set) : results_.chunked(model, data_set);
    if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) return std::nullopt;
    Figure figure{.model = &spec_.models[model],
                  .data_set = &spec_.data_sets[data_set],
                  .whole = whole,
                  .rate_sum = cell.rate_sums[0],
                  .seconds = cell.seconds};
    figure.rate = rate_of(figure.rate_sum, whole ? 0 : header_of(spec_, *figure.model));
    // The parameters are those of all chunks, of which only a share may have been measured.
    const double all = static_cast<double>(figure.rate_sum.bytes * figure.model->every);
    figure.adjusted = figure.rate.value + parameter_share(*figure.model, all);
    if (whole || spec_.chunk == 2048) {
      figure.published = published_rate(
          {figure.data_set->known, figure.model->spec, figure.model->parameters, whole});
    }
    return figure;
  }

  // Way by way, model by model.
  [[nodiscard]] std::vector<Figure> all() const {
    std::vector<Figure> all;
    for (const bool whole : modes()) {
      for (std::size_t model = 0; model < spec_.models.size(); ++model) {
        for (std::size_t data_set = 0; data_set < spec_.data_sets.size(); ++data_set) {
          if (const auto figure = at(model, data_set, whole)) all.push_back(*figure);
        }
      }
    }
    return all;
  }

  [[nodiscard]] std::string mode_name(bool whole) const {
    return whole ? "whole" : fmt::format("{}", spec_.chunk);
  }

 private:
  const RunResults& results_;
  const RunSpec& spec_;
};

ReportTable rates_table(const RunResults& results, const Figures& figures) {
  const RunSpec& spec = results.spec();
  const bool adjusts = std::ranges::any_of(spec.models, &RunModel::parameters);
  ReportTable table{.title = "Compressed size in % of the raw size", .columns = {"model", "chunk"}};
  for (const RunDataSet& data_set : spec.data_sets) table.columns.push_back(data_set.name);
  for (const RunDataSet& data_set : spec.data_sets) {
    if (adjusts) table.columns.push_back(data_set.name + " adjusted");
  }
  for (const bool whole : figures.modes()) {
    for (std::size_t model = 0; model < spec.models.size(); ++model) {
      std::vector<std::string> raw = {model_label(spec.models[model]), figures.mode_name(whole)};
      std::vector<std::string> adjusted;
      for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
        const auto figure = figures.at(model, data_set, whole);
        raw.push_back(figure ? percent_text(figure->rate.value) : "-");
        adjusted.push_back(figure ? percent_text(figure->adjusted) : "-");
      }
      if (adjusts) raw.insert(raw.end(), adjusted.begin(), adjusted.end());
      table.rows.push_back(std::move(raw));
    }
  }
  table.notes = protocol_notes(results);
  if (adjusts) table.notes.emplace_back("Adjusted: with 2 bytes for each parameter of the model.");
  return table;
}

std::optional<ReportTable> published_table(const std::vector<Figure>& all, const Figures& figures) {
  ReportTable table{
      .title = "Beside published figures, in %",
      .columns = {"model", "chunk", "data", "here", "published", "difference", "published for"}};
  for (const Figure& figure : all) {
    if (!figure.published) continue;
    const Published& published = *figure.published;
    table.rows.push_back(
        {model_label(*figure.model), figures.mode_name(figure.whole), figure.data_set->name,
         percent_text(figure.rate.value), percent_text(published.rate, 1),
         fmt::format("{:+.1f}", 100 * (figure.rate.value - published.rate)),
         fmt::format("{} on {} ({})", published.model, published.data, published.source)});
  }
  if (table.rows.empty()) return std::nullopt;
  table.notes = {
      "Table 1 is that of Language Modeling Is Compression (arXiv 2309.10668v2), on 1 GB of each."};
  for (const Figure& figure : all) {
    if (!figure.published || figure.data_set->known_by != "name") continue;
    const std::string note = fmt::format("{}: compared because of its name; the files are others.",
                                         figure.data_set->name);
    if (std::ranges::find(table.notes, note) == table.notes.end()) table.notes.push_back(note);
  }
  return table;
}

ReportTable details_table(const std::vector<Figure>& all, const Figures& figures, bool times) {
  ReportTable table{.title = "Details",
                    .columns = {"model", "data", "chunk", "chunks", "bytes", "compressed", "rate %",
                                "± s.e.", "bits/byte"}};
  if (times) table.columns.insert(table.columns.end(), {"seconds", "bytes/s"});
  for (const Figure& figure : all) {
    const auto bytes = static_cast<double>(figure.rate_sum.bytes);
    table.rows.push_back(
        {model_label(*figure.model), figure.data_set->name, figures.mode_name(figure.whole),
         fmt::format("{}", figure.rate_sum.chunks), fmt::format("{}", figure.rate_sum.bytes),
         fmt::format("{:.0f}", figure.rate.value * bytes), percent_text(figure.rate.value, 3),
         figure.rate_sum.chunks > 1 ? percent_text(figure.rate.standard_error, 3) : "-",
         fmt::format("{:.4f}", 8 * figure.rate.value)});
    if (!times) continue;
    table.rows.back().push_back(fmt::format("{:.2f}", figure.seconds));
    table.rows.back().push_back(fmt::format("{:.3g}", bytes / std::max(figure.seconds, 1e-9)));
  }
  if (times) table.notes = {"Seconds of work, added up over threads."};
  return table;
}

void add_records(const std::vector<Figure>& all, const Figures& figures, bool times,
                 Report& report) {
  report.fields = {"model",          "data",       "chunk",           "chunks",        "bytes",
                   "compressed",     "rate",       "standard_error",  "adjusted_rate", "parameters",
                   "published_rate", "difference", "published_model", "published_data"};
  if (times) report.fields.insert(report.fields.end(), {"seconds", "bytes_per_second"});
  for (const Figure& figure : all) {
    const auto bytes = static_cast<double>(figure.rate_sum.bytes);
    std::vector<ReportValue> record = {
        figure.model->spec,      figure.data_set->name,      figures.mode_name(figure.whole),
        figure.rate_sum.chunks,  figure.rate_sum.bytes,      figure.rate.value * bytes,
        figure.rate.value,       figure.rate.standard_error, figure.adjusted,
        figure.model->parameters};
    if (const auto& published = figure.published) {
      record.insert(record.end(), {published->rate, figure.rate.value - published->rate,
                                   std::string(published->model), std::string(published->data)});
    } else {
      record.resize(record.size() + 4);
    }
    if (times) {
      record.insert(record.end(), {figure.seconds, bytes / std::max(figure.seconds, 1e-9)});
    }
    report.records.push_back(std::move(record));
  }
}

ReportChart rates_chart(const RunResults& results, const Figures& figures, bool whole) {
  const RunSpec& spec = results.spec();
  ReportChart chart{.title = whole ? "Each data set as one stream" : "Each chunk for itself",
                    .kind = ReportChart::Kind::kBars,
                    .y_title = "% of the raw size"};
  for (const RunDataSet& data_set : spec.data_sets) chart.labels.push_back(data_set.name);
  for (std::size_t model = 0; model < spec.models.size(); ++model) {
    ReportSeries series{.name = spec.models[model].spec};
    for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
      const auto figure = figures.at(model, data_set, whole);
      if (!figure) continue;
      series.points.push_back({.x = static_cast<double>(data_set), .y = 100 * figure->rate.value});
    }
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace

Report rates_report(const RunResults& results, const ReportOptions& options) {
  const Figures figures(results);
  const std::vector<Figure> all = figures.all();
  Report report = empty_report(results);
  report.tables.push_back(rates_table(results, figures));
  if (auto published = published_table(all, figures)) {
    report.tables.push_back(std::move(*published));
  }
  report.tables.push_back(details_table(all, figures, options.times));
  for (const bool whole : figures.modes()) {
    report.charts.push_back(rates_chart(results, figures, whole));
  }
  add_records(all, figures, options.times, report);
  return report;
}

}  // namespace zipdream
