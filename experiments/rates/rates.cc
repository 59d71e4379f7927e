// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "experiments/data/data_set.h"
#include "experiments/rates/plan.h"
#include "experiments/rates/reports.h"
#include "experiments/rates/run.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

RatesResult result_of(const RunResults& results) {
  return {rates_rows(results), protocol_notes(results), results.failures()};
}

}  // namespace

std::vector<bool> whole_or_chunked(const RunSpec& spec) {
  std::vector<bool> modes;
  if (spec.whole) modes.push_back(true);
  if (spec.chunked) modes.push_back(false);
  return modes;
}

std::optional<RatesRow> rates_row(const RunResults& results, std::size_t model,
                                  std::size_t data_set, bool whole) {
  const RunSpec& spec = results.spec();
  const Cell& cell = whole ? results.whole(model, data_set) : results.chunked(model, data_set);
  if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) return std::nullopt;
  const RunModel& of = spec.models[model];
  const RunDataSet& on = spec.data_sets[data_set];
  const RateSum& sum = cell.rate_sums[0];
  const Rate rate = rate_of(sum, whole ? 0 : header_of(spec, of));
  // The parameters are those of all chunks, of which only a share may have been measured.
  const double all = static_cast<double>(sum.bytes * of.every);
  RatesRow row{.model = of.spec,
               .every = of.every,
               .parameters = of.parameters,
               .data = on.name,
               .whole = whole,
               .chunks = sum.chunks,
               .bytes = sum.bytes,
               .rate = rate.value,
               .standard_error = rate.standard_error,
               .adjusted_rate = rate.value + parameter_share(of, all),
               .proven = sum.proven,
               .seconds = cell.seconds};
  if (!whole && spec.chunk != 2048) return row;
  if (const auto published = published_rate({on.known, of.spec, of.parameters, whole})) {
    row.published = {published->rate, std::string(published->model), std::string(published->data),
                     std::string(published->source)};
  }
  return row;
}

std::vector<RatesRow> rates_rows(const RunResults& results) {
  const RunSpec& spec = results.spec();
  std::vector<RatesRow> rows;
  for (const bool whole : whole_or_chunked(spec)) {
    for (std::size_t model = 0; model < spec.models.size(); ++model) {
      for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
        if (const auto row = rates_row(results, model, data_set, whole)) rows.push_back(*row);
      }
    }
  }
  return rows;
}

RatesResult rates(const RatesRequest& request) {
  const RunResults results = run_plan(make_plan({request}), request.run);
  if (request.run.shards == 1) results.check_not_empty();
  return result_of(results);
}

RatesResult merge_rates(const std::vector<std::string>& records) {
  if (records.empty()) throw Error::of_option("records", "", "there are none", "name all shards'");
  const RunResults results = merge_records(records);
  if (results.spec().experiment != Experiment::kRates) {
    throw Error(fmt::format("{}: is the record of another experiment than rates", records.front()));
  }
  results.check_not_empty();
  return result_of(results);
}

namespace {

std::string mode_name(const RunSpec& spec, bool whole) {
  return whole ? "whole" : fmt::format("{}", spec.chunk);
}

std::string model_label(const RatesRow& row) {
  return model_label(RunModel{.spec = row.model, .every = row.every});
}

ReportTable rates_table(const RunResults& results) {
  const RunSpec& spec = results.spec();
  const bool adjusts = std::ranges::any_of(spec.models, &RunModel::parameters);
  ReportTable table{.title = "Compressed size in % of the raw size", .columns = {"model", "chunk"}};
  for (const RunDataSet& data_set : spec.data_sets) table.columns.push_back(data_set.name);
  for (const RunDataSet& data_set : spec.data_sets) {
    if (adjusts) table.columns.push_back(data_set.name + " adjusted");
  }
  for (const bool whole : whole_or_chunked(spec)) {
    for (std::size_t model = 0; model < spec.models.size(); ++model) {
      std::vector<std::string> raw = {model_label(spec.models[model]), mode_name(spec, whole)};
      std::vector<std::string> adjusted;
      for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
        const auto row = rates_row(results, model, data_set, whole);
        raw.push_back(row ? percent_text(row->rate) : "-");
        adjusted.push_back(row ? percent_text(row->adjusted_rate) : "-");
      }
      if (adjusts) raw.insert(raw.end(), adjusted.begin(), adjusted.end());
      table.rows.push_back(std::move(raw));
    }
  }
  table.notes = protocol_notes(results);
  if (adjusts) table.notes.emplace_back("Adjusted: with 2 bytes for each parameter of the model.");
  return table;
}

std::optional<ReportTable> published_table(const RunSpec& spec, const std::vector<RatesRow>& rows) {
  ReportTable table{
      .title = "Beside published figures, in %",
      .columns = {"model", "chunk", "data", "here", "published", "difference", "published for"}};
  for (const RatesRow& row : rows) {
    if (!row.published) continue;
    const PublishedRate& published = *row.published;
    table.rows.push_back(
        {model_label(row), mode_name(spec, row.whole), row.data, percent_text(row.rate),
         percent_text(published.rate, 1), fmt::format("{:+.1f}", 100 * (row.rate - published.rate)),
         fmt::format("{} on {} ({})", published.model, published.data, published.source)});
  }
  if (table.rows.empty()) return std::nullopt;
  table.notes = {
      "Table 1 is that of Language Modeling Is Compression (arXiv 2309.10668v2), on 1 GB of each."};
  for (const RatesRow& row : rows) {
    const auto data_set = std::ranges::find(spec.data_sets, row.data, &RunDataSet::name);
    if (!row.published || data_set->known_by != "name") continue;
    const std::string note =
        fmt::format("{}: compared because of its name; the files are others.", row.data);
    if (std::ranges::find(table.notes, note) == table.notes.end()) table.notes.push_back(note);
  }
  return table;
}

ReportTable details_table(const RunSpec& spec, const std::vector<RatesRow>& rows, bool times) {
  ReportTable table{.title = "Details",
                    .columns = {"model", "data", "chunk", "chunks", "bytes", "compressed", "rate %",
                                "± s.e.", "bits/byte"}};
  if (spec.prove_every > 0) table.columns.emplace_back("proven");
  if (times) table.columns.insert(table.columns.end(), {"seconds", "bytes/s"});
  for (const RatesRow& row : rows) {
    const auto bytes = static_cast<double>(row.bytes);
    table.rows.push_back({model_label(row), row.data, mode_name(spec, row.whole),
                          fmt::format("{}", row.chunks), fmt::format("{}", row.bytes),
                          fmt::format("{:.0f}", row.rate * bytes), percent_text(row.rate, 3),
                          row.chunks > 1 ? percent_text(row.standard_error, 3) : "-",
                          fmt::format("{:.4f}", 8 * row.rate)});
    if (spec.prove_every > 0) table.rows.back().push_back(fmt::format("{}", row.proven));
    if (!times) continue;
    table.rows.back().push_back(fmt::format("{:.2f}", row.seconds));
    table.rows.back().push_back(fmt::format("{:.3g}", bytes / std::max(row.seconds, 1e-9)));
  }
  if (times) table.notes = {"Seconds of work, added up over threads."};
  return table;
}

void add_records(const RunSpec& spec, const std::vector<RatesRow>& rows, bool times,
                 Report& report) {
  report.fields = {"model",          "data",       "chunk",           "chunks",        "bytes",
                   "compressed",     "rate",       "standard_error",  "adjusted_rate", "parameters",
                   "published_rate", "difference", "published_model", "published_data"};
  if (spec.prove_every > 0) report.fields.emplace_back("proven");
  if (times) report.fields.insert(report.fields.end(), {"seconds", "bytes_per_second"});
  for (const RatesRow& row : rows) {
    const auto bytes = static_cast<double>(row.bytes);
    std::vector<ReportValue> record = {
        row.model,        row.data, mode_name(spec, row.whole), row.chunks,        row.bytes,
        row.rate * bytes, row.rate, row.standard_error,         row.adjusted_rate, row.parameters};
    if (const auto& published = row.published) {
      record.insert(record.end(), {published->rate, row.rate - published->rate, published->model,
                                   published->data});
    } else {
      record.resize(record.size() + 4);
    }
    if (spec.prove_every > 0) record.emplace_back(row.proven);
    if (times) record.insert(record.end(), {row.seconds, bytes / std::max(row.seconds, 1e-9)});
    report.records.push_back(std::move(record));
  }
}

ReportChart rates_chart(const RunResults& results, bool whole) {
  const RunSpec& spec = results.spec();
  ReportChart chart{.title = whole ? "Each data set as one stream" : "Each chunk for itself",
                    .kind = ReportChart::Kind::kBars,
                    .y_title = "% of the raw size"};
  for (const RunDataSet& data_set : spec.data_sets) chart.labels.push_back(data_set.name);
  for (std::size_t model = 0; model < spec.models.size(); ++model) {
    ReportSeries series{.name = spec.models[model].spec};
    for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
      const auto row = rates_row(results, model, data_set, whole);
      if (!row) continue;
      series.points.push_back({.x = static_cast<double>(data_set), .y = 100 * row->rate});
    }
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace

Report rates_report(const RunResults& results, const ReportOptions& options) {
  const RunSpec& spec = results.spec();
  const std::vector<RatesRow> rows = rates_rows(results);
  Report report = empty_report(results);
  report.tables.push_back(rates_table(results));
  if (auto published = published_table(spec, rows)) {
    report.tables.push_back(std::move(*published));
  }
  report.tables.push_back(details_table(spec, rows, options.times));
  for (const bool whole : whole_or_chunked(spec)) {
    report.charts.push_back(rates_chart(results, whole));
  }
  add_records(spec, rows, options.times, report);
  return report;
}

}  // namespace zipdream
