// SPDX-License-Identifier: Apache-2.0
// A comparison to be read: a table for the terminal, JSON for programs, a page. Each is a
// pure function of the same data.
#pragma once

#include <cstddef>
#include <string>

#include "experiments/comparison.h"
#include "experiments/report/report.h"
#include "media/media_job.h"

namespace zipdream {

struct ComparisonReport {
  const MediaJob& job;
  const Comparison& comparison;
  const Origin& origin;
};

// Aligned columns, a legend, and below them the samples of a text, made safe for a terminal.
[[nodiscard]] std::string comparison_table(const ComparisonReport& report);

// The whole comparison as JSON: of each byte of the reference and of the samples its bits and its
// rank, of the first ones (CompareRequest::detailed) also the alternatives. The probability of a
// symbol is 2^-bits; how many bytes each takes up is told where they are not single bytes.
[[nodiscard]] std::string comparison_json(const ComparisonReport& report);

// One HTML page that needs nothing else, at most kMaxPageBytes long: what does not fit is left out,
// and the page says so.
inline constexpr std::size_t kMaxPageBytes = 5'000'000;
[[nodiscard]] std::string comparison_page(const ComparisonReport& report);

}  // namespace zipdream
