// SPDX-License-Identifier: Apache-2.0
// The tables and charts of a run, from its run_results.
#pragma once

#include "experiments/rates/run_results.h"
#include "experiments/report/report.h"

namespace zipdream {

struct ReportOptions {
  bool times = true;  // seconds and speeds, the only things that differ from run to run
};

// The report of the experiment that the run_results's facts name.
[[nodiscard]] Report make_report(const RunResults& run_results, const ReportOptions& options);

// Of each: REQUIRES: it is the experiment.
[[nodiscard]] Report rates_report(const RunResults& run_results, const ReportOptions& options);
[[nodiscard]] Report in_context_report(const RunResults& run_results, const ReportOptions& options);
[[nodiscard]] Report scaling_report(const RunResults& run_results, const ReportOptions& options);

}  // namespace zipdream
