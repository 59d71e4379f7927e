// SPDX-License-Identifier: Apache-2.0
// What a run measures, and all that its tables need to know beside the sums: the first line of its
// record. Two runs whose facts are alike measure the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experiments/data/data_set.h"
#include "experiments/rates/rate_model.h"
#include "media/media.h"

namespace zipdream {

enum class Experiment { kRates, kInContext, kScaling };
[[nodiscard]] std::string_view experiment_name(Experiment experiment);  // of its subcommand

struct RowFacts {
  std::string spec;
  std::uint64_t every = 1;  // of the chunks, each every-th is measured
  bool is_codec = true;
  std::uint64_t parameters = 0;
  std::uint64_t header_bits = 0;
};

struct ColumnFacts {
  std::string name;
  Media media = Media::kText;
  std::size_t items = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t size = 0;  // of scaling: the size it stands for, perhaps more than there is
  std::uint32_t fingerprint = 0;
  std::string known;     // which column of published figures it is comparable to; "" if none
  std::string known_by;  // how that is known: "MD5", "name"
};

struct RunFacts {
  std::string version;  // of zipdream
  Experiment experiment = Experiment::kRates;
  std::size_t chunk = 2048;  // bytes
  bool chunked = true;       // each chunk for itself
  bool whole = false;        // all of a data set as one stream
  Protocol protocol = Protocol::kBytes;
  bool headers_once = true;          // a codec's header counts once per data set
  std::vector<std::size_t> lengths;  // of in-context: starts of chunks that are measured
  std::vector<RowFacts> rows;
  std::vector<ColumnFacts> columns;
  std::vector<std::pair<std::string, std::string>> libraries;  // name and version
};

// One line of JSON, and back. The same facts give the same line. Throws Error when the line holds
// none, or those of another version of the format; `where` begins its message.
[[nodiscard]] std::string facts_line(const RunFacts& facts);
[[nodiscard]] RunFacts parse_facts(std::string_view line, const std::string& where);

}  // namespace zipdream
