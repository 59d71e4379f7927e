// SPDX-License-Identifier: Apache-2.0
// What reports have in common, and that of in-context.
#include "experiments/rates/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "media/media.h"
#include "media/media_job.h"

namespace zipdream {
namespace {

constexpr double kBytesOfParameter = 2;  // float16, as the paper counts

std::string what_chunks_are(const RunSpec& spec, Media media) {
  if (media == Media::kText) return fmt::format("chunks of {} bytes", spec.chunk);
  if (media == Media::kAudio)
    return fmt::format("chunks of {} samples, 16 kHz, 8 bits", spec.chunk);
  const PatchSides sides = patch_sides(spec.chunk);
  return fmt::format("gray patches of {}x{} pixels", sides.rows, sides.columns);
}

std::string data_set_subject(const RunSpec& spec, const RunDataSet& data_set) {
  const std::string files = data_set.items == 1 ? "" : fmt::format("{} files, ", data_set.items);
  return fmt::format("{} ({}{} bytes, {})", data_set.name, files, data_set.stored_bytes,
                     what_chunks_are(spec, data_set.media));
}

// Chunks that models had no symbols for.
std::string stored_chunks(const RunResults& results) {
  std::string text;
  const RunSpec& spec = results.spec();
  for (std::size_t model = 0; model < spec.models.size(); ++model) {
    for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
      for (const Cell* cell :
           {&results.chunked(model, data_set), &results.whole(model, data_set)}) {
        if (cell->rate_sums.empty() || cell->rate_sums[0].stored == 0) continue;
        text += fmt::format("{} {} of {} by {}", text.empty() ? "" : ";", cell->rate_sums[0].stored,
                            spec.data_sets[data_set].name, spec.models[model].spec);
      }
    }
  }
  return text.empty() ? text : "Stored, for the model has no symbols for them:" + text + ".";
}

// How much of what was measured is proven.
std::string proven_chunks(const RunResults& results) {
  const RunSpec& spec = results.spec();
  RateSum all;
  for (std::size_t model = 0; model < spec.models.size(); ++model) {
    for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
      for (const Cell* cell :
           {&results.chunked(model, data_set), &results.whole(model, data_set)}) {
        if (!cell->rate_sums.empty()) all.add(cell->rate_sums[0]);
      }
    }
  }
  return fmt::format(
      "Proven: {} of {} streams were written, read back and compared; each distribution of a model "
      "summed to 1 before its symbol was read.",
      all.proven, all.chunks);
}

// ---- in-context ----

constexpr double kOf95Percent = 1.96;  // standard errors to either side

// Rows on one data set.
struct Curves {
  ReportTable table;
  ReportChart chart;
};

Curves curves_of(const RunResults& results, std::size_t data_set) {
  const RunSpec& spec = results.spec();
  const std::string& data = spec.data_sets[data_set].name;
  Curves curves;
  curves.table.title = fmt::format("{}: size of the first bytes of a chunk, in % of them", data);
  curves.table.columns = {"bytes"};
  curves.chart = {.title = data,
                  .x_title = "position in the chunk, bytes",
                  .y_title = "% of the raw size so far",
                  .x_is_logarithmic = true,
                  .note = "Bands: 95 % confidence, over chunks."};
  for (const std::size_t length : spec.lengths) {
    curves.table.rows.push_back({fmt::format("{}", length)});
  }
  for (std::size_t model = 0; model < spec.models.size(); ++model) {
    const Cell& cell = results.chunked(model, data_set);
    if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) continue;
    ReportSeries series{.name = spec.models[model].spec};
    curves.table.columns.push_back(model_label(spec.models[model]));
    for (std::size_t i = 0; i < cell.rate_sums.size(); ++i) {
      const Rate rate = rate_of(cell.rate_sums[i], header_of(spec, spec.models[model]));
      series.points.push_back({.x = static_cast<double>(spec.lengths[i]),
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

void add_records(const RunResults& results, Report& report) {
  const RunSpec& spec = results.spec();
  report.fields = {"model", "data", "position", "chunks", "rate", "standard_error"};
  for (std::size_t model = 0; model < spec.models.size(); ++model) {
    for (std::size_t data_set = 0; data_set < spec.data_sets.size(); ++data_set) {
      const Cell& cell = results.chunked(model, data_set);
      for (std::size_t i = 0; i < cell.rate_sums.size(); ++i) {
        if (cell.rate_sums[i].bytes == 0) continue;
        const Rate rate = rate_of(cell.rate_sums[i], header_of(spec, spec.models[model]));
        report.records.push_back({spec.models[model].spec, spec.data_sets[data_set].name,
                                  std::uint64_t{spec.lengths[i]}, cell.rate_sums[i].chunks,
                                  rate.value, rate.standard_error});
      }
    }
  }
}

}  // namespace

std::string percent_text(double share, int digits) {
  return fmt::format("{:.{}f}", 100 * share, digits);
}

std::string model_label(const RunModel& model) {
  return model.every == 1 ? model.spec
                          : fmt::format("{} (1/{} of the chunks)", model.spec, model.every);
}

std::uint64_t header_of(const RunSpec& spec, const RunModel& model) {
  return spec.headers_once ? model.header_bits : 0;
}

double parameter_share(const RunModel& model, double raw_bytes) {
  return kBytesOfParameter * static_cast<double>(model.parameters) / raw_bytes;
}

Report empty_report(const RunResults& results) {
  const RunSpec& spec = results.spec();
  Report report;
  report.experiment = experiment_name(spec.experiment);
  for (const RunDataSet& data_set : spec.data_sets) {
    report.subject += (report.subject.empty() ? "" : "; ") + data_set_subject(spec, data_set);
  }
  report.origin.emplace_back("version", spec.version);
  for (const auto& library : spec.libraries) report.origin.push_back(library);
  return report;
}

std::vector<std::string> protocol_notes(const RunResults& results) {
  const RunSpec& spec = results.spec();
  std::vector<std::string> notes;
  const auto has = [&](auto test) { return std::ranges::any_of(spec.models, test); };
  if (spec.chunked && has([](const RunModel& model) { return model.is_codec; })) {
    notes.emplace_back(spec.headers_once
                           ? "A codec's header counts once per data set, as in the paper."
                           : "A codec's header counts in each chunk.");
  }
  if (has([](const RunModel& model) { return !model.is_codec; })) {
    notes.emplace_back(spec.protocol == Protocol::kSevenBits
                           ? "Models see 7 bits of each byte; each bit that is lost counts as one "
                             "bit of code."
                           : "Models see bytes as they are; what learns begins anew with each "
                             "chunk.");
  }
  for (std::size_t i = 0; i < spec.data_sets.size(); ++i) {
    if (results.left_out(i) == 0) continue;
    notes.push_back(fmt::format("{}: {} bytes at edges and ends fill no chunk and are left out.",
                                spec.data_sets[i].name, results.left_out(i)));
  }
  if (spec.prove_every > 0) notes.push_back(proven_chunks(results));
  if (const std::string stored = stored_chunks(results); !stored.empty()) notes.push_back(stored);
  const std::vector<RatesFailure> failures = results.failures();
  if (!failures.empty()) {
    notes.push_back(fmt::format("{} of the files could not be read and are missing here: {}{}.",
                                failures.size(), failures.front().item,
                                failures.size() > 1 ? ", ..." : ""));
  }
  return notes;
}

Report in_context_report(const RunResults& results, const ReportOptions& /*options*/) {
  Report report = empty_report(results);
  for (std::size_t data_set = 0; data_set < results.spec().data_sets.size(); ++data_set) {
    Curves curves = curves_of(results, data_set);
    report.tables.push_back(std::move(curves.table));
    report.charts.push_back(std::move(curves.chart));
  }
  report.tables.back().notes = protocol_notes(results);
  report.tables.back().notes.emplace_back("±: 95 % confidence, over chunks.");
  add_records(results, report);
  return report;
}

Report make_report(const RunResults& results, const ReportOptions& options) {
  switch (results.spec().experiment) {
    case Experiment::kRates:
      return rates_report(results, options);
    case Experiment::kInContext:
      return in_context_report(results, options);
    case Experiment::kScaling:
      return scaling_report(results, options);
  }
  return {};
}

}  // namespace zipdream
