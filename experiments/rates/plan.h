// SPDX-License-Identifier: Apache-2.0
// From what was asked for to what is to be done: models, data sets, and the facts about both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/data/data_set.h"
#include "experiments/rates/rate_model.h"
#include "media/media.h"
#include "zipdream/rates.h"

namespace zipdream {

enum class Experiment { kRates, kInContext, kScaling };
// As its subcommand is called.
[[nodiscard]] std::string_view experiment_name(Experiment experiment);

// A model of the run.
struct RunModel {
  std::string spec;
  std::uint64_t every = 1;  // of the chunks, each every-th is measured
  bool is_codec = true;
  std::uint64_t parameters = 0;
  std::uint64_t header_bits = 0;
};

// A data set of the run.
struct RunDataSet {
  std::string name;
  Media media = Media::kText;
  std::size_t items = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t size = 0;  // of scaling: the size it stands for, perhaps more than there is
  std::uint32_t fingerprint = 0;
  std::string known;     // the data set of published figures that it is comparable to; "" if none
  std::string known_by;  // how that is known: "MD5", "name"
};

// What a run measures, and all that its tables need to know beside the sums. Two runs of equal
// specs measure the same.
struct RunSpec {
  std::string version;  // of zipdream
  Experiment experiment = Experiment::kRates;
  std::size_t chunk = 2048;  // bytes
  bool chunked = true;       // each chunk for itself
  bool whole = false;        // all of a data set as one stream
  Protocol protocol = Protocol::kBytes;
  bool headers_once = true;          // a codec's header counts once per data set
  std::uint64_t prove_every = 0;     // of a model's chunks, each prove_every-th is proven; 0: none
  std::vector<std::size_t> lengths;  // of in-context: starts of chunks that are measured
  std::vector<RunModel> models;      // by data sets: the cells of the tables
  std::vector<RunDataSet> data_sets;
  std::vector<std::pair<std::string, std::string>> libraries;  // name and version
};

// A spec as one line of JSON, the first of a run's record, and back. Equal specs give equal lines.
// Throws Error when the line holds none, or that of another version of the format; `where` begins
// its message.
[[nodiscard]] std::string run_spec_line(const RunSpec& spec);
[[nodiscard]] RunSpec parse_run_spec(std::string_view line, const std::string& where);

// Larger chunks are refused.
inline constexpr std::size_t kMaxChunk = std::size_t{1} << 26;  // 64 MiB

// Which of the experiments a request is for.
struct RunRequest : RatesRequest {
  Experiment experiment = Experiment::kRates;
  std::vector<std::uint64_t> sizes;  // of scaling: data-set sizes, rising
};

// What is to be done. Immutable.
struct Plan {
  RunSpec spec;
  std::vector<std::unique_ptr<const RateModel>> models;  // of each of spec.models
  std::vector<DataSet> data;                             // of each of spec.data_sets
};

// Throws the Errors of models and data sets, and a usage Error that names the option for a request
// that can't be meant.
[[nodiscard]] Plan make_plan(const RunRequest& request);

// The starts of a chunk that in-context measures: 16, 24, 32, 48, ... bytes and the chunk itself;
// of a chunk below 16 bytes that alone.
[[nodiscard]] std::vector<std::size_t> curve_lengths(std::size_t chunk);

}  // namespace zipdream
