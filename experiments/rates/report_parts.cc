// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/report_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "media/media.h"
#include "media/patches.h"

namespace zipdream {
namespace {

constexpr double kBytesOfParameter = 2;  // float16, as the paper counts

std::string what_chunks_are(const RunFacts& facts, Media media) {
  if (media == Media::kText) return fmt::format("chunks of {} bytes", facts.chunk);
  if (media == Media::kAudio)
    return fmt::format("chunks of {} samples, 16 kHz, 8 bits", facts.chunk);
  const PatchSides sides = patch_sides(facts.chunk);
  return fmt::format("gray patches of {}x{} pixels", sides.rows, sides.columns);
}

std::string column_subject(const RunFacts& facts, const ColumnFacts& column) {
  const std::string files = column.items == 1 ? "" : fmt::format("{} files, ", column.items);
  return fmt::format("{} ({}{} bytes, {})", column.name, files, column.stored_bytes,
                     what_chunks_are(facts, column.media));
}

// Of models that have no symbols for what they were given.
std::string stored_chunks(const RunResults& run_results) {
  std::string text;
  const RunFacts& facts = run_results.facts();
  for (std::size_t row = 0; row < facts.rows.size(); ++row) {
    for (std::size_t column = 0; column < facts.columns.size(); ++column) {
      for (const Cell* cell :
           {&run_results.chunked(row, column), &run_results.whole(row, column)}) {
        if (cell->rate_sums.empty() || cell->rate_sums[0].stored == 0) continue;
        text += fmt::format("{} {} of {} by {}", text.empty() ? "" : ";", cell->rate_sums[0].stored,
                            facts.columns[column].name, facts.rows[row].spec);
      }
    }
  }
  return text.empty() ? text : "Stored, for the model has no symbols for them:" + text + ".";
}

}  // namespace

std::string percent_text(double share, int digits) {
  return fmt::format("{:.{}f}", 100 * share, digits);
}

std::string row_label(const RowFacts& row) {
  return row.every == 1 ? row.spec : fmt::format("{} (1/{} of the chunks)", row.spec, row.every);
}

std::uint64_t header_of(const RunFacts& facts, const RowFacts& row) {
  return facts.headers_once ? row.header_bits : 0;
}

double parameter_share(const RowFacts& row, double raw_bytes) {
  return kBytesOfParameter * static_cast<double>(row.parameters) / raw_bytes;
}

Report empty_report(const RunResults& run_results) {
  const RunFacts& facts = run_results.facts();
  Report report;
  report.experiment = experiment_name(facts.experiment);
  for (const ColumnFacts& column : facts.columns) {
    report.subject += (report.subject.empty() ? "" : "; ") + column_subject(facts, column);
  }
  report.origin.emplace_back("version", facts.version);
  for (const auto& library : facts.libraries) report.origin.push_back(library);
  return report;
}

std::vector<std::string> protocol_notes(const RunResults& run_results) {
  const RunFacts& facts = run_results.facts();
  std::vector<std::string> notes;
  const auto has = [&](auto test) { return std::ranges::any_of(facts.rows, test); };
  if (facts.chunked && has([](const RowFacts& row) { return row.is_codec; })) {
    notes.emplace_back(facts.headers_once
                           ? "A codec's header counts once per data set, as in the paper."
                           : "A codec's header counts in each chunk.");
  }
  if (has([](const RowFacts& row) { return !row.is_codec; })) {
    notes.emplace_back(facts.protocol == Protocol::kSevenBits
                           ? "Models see 7 bits of each byte; each bit that is lost counts as one "
                             "bit of code."
                           : "Models see bytes as they are; what learns begins anew with each "
                             "chunk.");
  }
  for (std::size_t i = 0; i < facts.columns.size(); ++i) {
    if (run_results.left_out(i) == 0) continue;
    notes.push_back(fmt::format("{}: {} bytes at edges and ends fill no chunk and are left out.",
                                facts.columns[i].name, run_results.left_out(i)));
  }
  if (const std::string stored = stored_chunks(run_results); !stored.empty())
    notes.push_back(stored);
  const std::vector<Failure> failures = run_results.failures();
  if (!failures.empty()) {
    notes.push_back(fmt::format("{} of the files could not be read and are missing here: {}{}.",
                                failures.size(), failures.front().item,
                                failures.size() > 1 ? ", ..." : ""));
  }
  return notes;
}

}  // namespace zipdream
