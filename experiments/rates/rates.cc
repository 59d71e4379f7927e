// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/rates.h"

#include <fmt/format.h>

#include <string>

#include "experiments/data/known.h"
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

}  // namespace zipdream
