// SPDX-License-Identifier: Apache-2.0
// From what was asked for to what is to be done: models, data sets, and the facts about both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/data/data_set.h"
#include "experiments/rates/rate_model.h"
#include "experiments/rates/run_spec.h"
#include "media/media.h"

namespace zipdream {

// Chunks larger than this are no chunks.
inline constexpr std::size_t kMaxChunk = std::size_t{1} << 26;  // 64 MiB

struct RunRequest {
  std::string version;
  Experiment experiment = Experiment::kRates;
  std::vector<std::string> models;  // specs, each perhaps with "@1/K": every K-th chunk will do
  std::vector<std::string> data;    // as find_data_set() takes them
  std::optional<Media> media;
  std::size_t chunk = 2048;
  bool chunked = true;
  bool whole = false;
  Protocol protocol = Protocol::kBytes;
  bool headers_once = true;
  std::vector<std::uint64_t> sizes;  // of scaling: data-set sizes, rising
};

// Immutable.
struct Plan {
  RunFacts facts;
  std::vector<std::unique_ptr<const RateModel>> models;  // of each row
  std::vector<DataSet> data;                             // of each column
};

// Throws the Errors of models and data sets, and a usage Error when the request contradicts itself.
// REQUIRES: 0 < chunk <= kMaxChunk; models and data are not empty.
[[nodiscard]] Plan make_plan(const RunRequest& request);

// Of in-context: 16, 24, 32, 48, ... and the chunk itself. Of a chunk below 16 that alone.
[[nodiscard]] std::vector<std::size_t> curve_lengths(std::size_t chunk);

}  // namespace zipdream
