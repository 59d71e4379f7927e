// SPDX-License-Identifier: Apache-2.0
// Measures pieces of a plan, each for itself: what threads of one process and ranks of many do
// alike, and the record that all results go to.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/output_file.h"
#include "experiments/rates/plan.h"
#include "experiments/rates/run_results.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Whether the model measures any of the chunks of that unit of an item, of `count` chunks.
[[nodiscard]] bool wants_unit(const RunSpec& spec, const UnitKey& key, std::size_t count);

// What the model needs for the unit's chunks, whose bytes these are; those that are to be proven
// are. Threads: any. Throws Error when something can't be proven.
[[nodiscard]] UnitResult measure_unit(const Plan& plan, const UnitKey& key, ByteView bytes);

// Called as a whole data set is read, with how many bytes more; what it throws ends the reading.
using OnBytes = std::function<void(std::size_t count)>;

// What the model needs for all of the data set as one stream; nothing when there is none of it.
// What can't be read is left out. Threads: any. Throws Error when it can't be coded or proven.
[[nodiscard]] std::optional<UnitResult> measure_whole(const Plan& plan, std::size_t model,
                                                      std::size_t data_set,
                                                      const OnBytes& on_bytes);

// What an existing record holds goes to the results; a new one begins with the spec. Null for no
// path. Throws Error when the file is no record of this run, which stays as it is, or can't be
// written.
[[nodiscard]] std::unique_ptr<LineFile> open_record(const std::string& path, RunResults& results);

}  // namespace zipdream
