// SPDX-License-Identifier: Apache-2.0
// Does what a plan says: reads the data sets piece by piece, measures on all cores, writes each
// result to a record as it comes, and goes on from a record that is there.
//
// Memory: a few units for each thread (run_results.h), what the models take, and some bytes for
// each unit; for a whole image or audio file its samples; for a whole data set what the codec holds
// of it (Codec::stream_size()).
#pragma once

#include <string>
#include <vector>

#include "experiments/rates/plan.h"
#include "experiments/rates/run_results.h"
#include "zipdream/rates.h"

namespace zipdream {

// The results, those of the record included; the same on any number of threads, but for the
// seconds. Items that can't be read are failures in the results, the rest goes on. Throws Error
// when the record is of another plan or can't be written; Interrupted when the user asks to stop:
// the record then holds what was finished.
[[nodiscard]] RunResults run_plan(const Plan& plan, const RunOptions& options);

// The results in records of runs of one plan. Throws Error when a file is no record, they are of
// different plans, or something is not measured in any of them.
[[nodiscard]] RunResults merge_records(const std::vector<std::string>& paths);

}  // namespace zipdream
