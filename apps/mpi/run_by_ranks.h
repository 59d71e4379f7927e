// SPDX-License-Identifier: Apache-2.0
// A run of experiments/rates by all ranks: rank 0 deals (experiments/rates/deal.h), writes the
// record and measures, too; the others measure what they are dealt and send each result at once.
#pragma once

#include <optional>

#include "apps/mpi/ranks.h"
#include "experiments/rates/plan.h"
#include "experiments/rates/run_results.h"

namespace zipdream {

// The results, on rank 0; nothing on the others, which are then at the end of their work. Throws as
// make_plan() and run_plan() do, and Error when ranks are not alike; on rank 0 what any rank threw.
[[nodiscard]] std::optional<RunResults> run_by_ranks(const Ranks& ranks, const RunRequest& request);

// Ends the work of all other ranks, whatever they do; on another rank than 0 it tells rank 0 why
// this one can't go on, and returns when that has ended the run. To be called before the process
// ends, but for an Interrupted.
void end_run(const Ranks& ranks, const std::string& why);

}  // namespace zipdream
