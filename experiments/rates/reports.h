// SPDX-License-Identifier: Apache-2.0
// The tables and charts of a run, from its results.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/rates/run_results.h"
#include "experiments/report/report.h"

namespace zipdream {

struct ReportOptions {
  bool times = true;  // seconds and speeds, the only things that differ from run to run
};

// The report of the experiment that the results are of.
[[nodiscard]] Report make_report(const RunResults& results, const ReportOptions& options);

// REQUIRES of each of these: the results are of that experiment.
[[nodiscard]] Report rates_report(const RunResults& results, const ReportOptions& options);
[[nodiscard]] Report in_context_report(const RunResults& results, const ReportOptions& options);
[[nodiscard]] Report scaling_report(const RunResults& results, const ReportOptions& options);

// ---- What reports have in common ----

// "48.13" of 0.4813.
[[nodiscard]] std::string percent_text(double share, int digits = 2);

// The spec, and which share of the chunks was measured if not all.
[[nodiscard]] std::string model_label(const RunModel& model);

// What a codec's chunks are not charged for: its header, where it counts once.
[[nodiscard]] std::uint64_t header_of(const RunSpec& spec, const RunModel& model);

// 2 bytes for each parameter, as a share of so many raw bytes.
[[nodiscard]] double parameter_share(const RunModel& model, double raw_bytes);

// A report with its subject and origin, and no tables.
[[nodiscard]] Report empty_report(const RunResults& results);

// How the figures came about, in sentences, and what could not be read.
[[nodiscard]] std::vector<std::string> protocol_notes(const RunResults& results);

}  // namespace zipdream
