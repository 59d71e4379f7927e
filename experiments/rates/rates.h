// SPDX-License-Identifier: Apache-2.0
// The figures of zipdream/rates.h, from the results of a run.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "experiments/rates/run_results.h"
#include "zipdream/rates.h"

namespace zipdream {

// Whether data sets are measured as a whole, or chunk by chunk: what was asked for, whole first as
// in the paper.
[[nodiscard]] std::vector<bool> whole_or_chunked(const RunSpec& spec);

// Nothing where nothing was measured.
[[nodiscard]] std::optional<RatesRow> rates_row(const RunResults& results, std::size_t model,
                                                std::size_t data_set, bool whole);

// All of them, in the order of RatesResult.
[[nodiscard]] std::vector<RatesRow> rates_rows(const RunResults& results);

}  // namespace zipdream
