// SPDX-License-Identifier: Apache-2.0
// What the reports of runs have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/rates/run_results.h"
#include "experiments/report/report.h"

namespace zipdream {

// "48.13" of 0.4813.
[[nodiscard]] std::string percent_text(double share, int digits = 2);

// The spec, and which share of the chunks it measured if not all.
[[nodiscard]] std::string row_label(const RowFacts& row);

// What a codec's chunks are not charged for: its header, where it counts once.
[[nodiscard]] std::uint64_t header_of(const RunFacts& facts, const RowFacts& row);

// 2 bytes for each parameter, as a share of so many raw bytes.
[[nodiscard]] double parameter_share(const RowFacts& row, double raw_bytes);

// A report with its subject and origin, and no tables.
[[nodiscard]] Report empty_report(const RunResults& run_results);

// How the figures came about, in sentences, and what could not be read.
[[nodiscard]] std::vector<std::string> protocol_notes(const RunResults& run_results);

}  // namespace zipdream
