// SPDX-License-Identifier: Apache-2.0
#include "experiments/tokenization.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "experiments/rates/reports.h"
#include "training/layout.h"
#include "training/plan.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kStep = 16;  // of widths
constexpr std::size_t kBytes = 256;
constexpr std::size_t kHeadSize = 16;

std::uint64_t parameters_of(LmConfig config, std::size_t vocabulary) {
  complete_model(vocabulary, std::nullopt, config);
  return layout_of(config).size;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

std::string tokens_name(std::size_t vocabulary) {
  return vocabulary == 0 ? "bytes" : fmt::format("BPE {}", vocabulary);
}

template <typename Of>
auto distinct(std::span<const TokenizationModel> models, Of of) {
  std::vector<decltype(of(models[0]))> values;
  for (const TokenizationModel& model : models) {
    if (std::ranges::find(values, of(model)) == values.end()) values.push_back(of(model));
  }
  return values;
}

// Of the model: nothing if it has no figure.
std::optional<Rate> rate_at(const RunResults& results, std::size_t model) {
  const Cell& cell = results.chunked(model, 0);
  if (cell.rate_sums.empty() || cell.rate_sums[0].bytes == 0) return std::nullopt;
  return rate_of(cell.rate_sums[0], 0);
}

std::string cell_at(const RunResults& results, std::span<const TokenizationModel> models,
                    const std::string& size, std::size_t vocabulary) {
  for (std::size_t model = 0; model < models.size(); ++model) {
    if (models[model].size != size || models[model].vocabulary != vocabulary) continue;
    const auto rate = rate_at(results, model);
    if (rate) return fmt::format("{:.3f} ± {:.3f}", 8 * rate->value, 8 * rate->standard_error);
  }
  return "-";
}

}  // namespace

TokenizationModel tokenization_model(const std::string& architecture, const std::string& size,
                                     std::size_t vocabulary, std::size_t context) {
  TokenizationModel best{size, vocabulary, named_model(architecture, size)};
  best.config.context_length = context;
  const std::uint64_t wanted = parameters_of(best.config, kBytes);
  best.parameters = wanted;
  if (vocabulary == 0) return best;
  const LmConfig on_bytes = best.config;
  best.parameters = 0;
  for (std::size_t width = on_bytes.hidden_size; width >= kStep; width -= kStep) {
    LmConfig config = on_bytes;
    config.hidden_size = width;
    config.num_heads = std::max<std::size_t>(1, width / kHeadSize);
    for (config.intermediate_size = 2 * width; config.intermediate_size <= 6 * width;
         config.intermediate_size += kStep) {
      const std::uint64_t parameters = parameters_of(config, vocabulary);
      if (distance(parameters, wanted) >= distance(best.parameters, wanted)) continue;
      best.config = config;
      best.parameters = parameters;
    }
  }
  if (distance(best.parameters, wanted) > wanted / 10) {
    throw Error::of_option("vocabularies", std::to_string(vocabulary),
                           fmt::format("is too large for {} parameters", wanted),
                           "leave it out or take a larger size");
  }
  return best;
}

Report tokenization_report(const RunResults& results, std::span<const TokenizationModel> models) {
  Report report = empty_report(results);
  report.experiment = "tokenization";
  const auto sizes = distinct(models, [](const TokenizationModel& m) { return m.size; });
  const auto all = distinct(models, [](const TokenizationModel& m) { return m.vocabulary; });
  ReportTable table{.title = "Bits per byte by what the symbols are", .columns = {"symbols"}};
  for (const std::string& size : sizes) table.columns.push_back(size + " parameters");
  for (const std::size_t vocabulary : all) {
    table.rows.push_back({tokens_name(vocabulary)});
    for (const std::string& size : sizes) {
      table.rows.back().push_back(cell_at(results, models, size, vocabulary));
    }
  }
  table.notes = protocol_notes(results);
  table.notes.emplace_back(
      "Every model of a column has about as many parameters and read as many symbols in training.");
  report.tables.push_back(std::move(table));
  report.fields = {"size",   "vocabulary",    "parameters", "model",
                   "chunks", "bits_per_byte", "rate",       "standard_error"};
  for (std::size_t model = 0; model < models.size(); ++model) {
    const auto rate = rate_at(results, model);
    if (!rate) continue;
    report.records.push_back({models[model].size, std::uint64_t{models[model].vocabulary},
                              results.spec().models[model].parameters,
                              results.spec().models[model].spec,
                              results.chunked(model, 0).rate_sums[0].chunks, 8 * rate->value,
                              rate->value, rate->standard_error});
  }
  return report;
}

}  // namespace zipdream
