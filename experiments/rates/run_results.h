// SPDX-License-Identifier: Apache-2.0
// The results of a run as they come: units of work, each a few chunks of an item measured by a
// model, or all of a data set by a model as one stream. Each is a line of JSON in the run's record;
// from the lines the results come back, with what is done. Sums are whole numbers, so the order of
// the lines doesn't matter, nor on which machine a unit was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/rates/plan.h"
#include "zipdream/rates.h"

namespace zipdream {

// ---- Sums ----

// What many chunks come to, in whole numbers, so that no order of adding them up, and no way of
// sharing them among threads and machines, changes the result.
__extension__ typedef unsigned __int128 Uint128;

// Over chunks of x raw bytes and b bits of code each.
struct RateSum {
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;   // x
  std::uint64_t bits = 0;    // b
  std::uint64_t stored = 0;  // chunks that the model could not code and left as they are
  Uint128 bytes_squared = 0;
  Uint128 bytes_by_bits = 0;
  Uint128 bits_squared = 0;
  std::uint64_t proven = 0;  // chunks that were written and read back

  void add_chunk(std::uint64_t chunk_bytes, std::uint64_t chunk_bits, bool is_stored = false);
  void add(const RateSum& other);
};

// Compressed size as a share of the raw size: 1 is the raw size itself.
struct Rate {
  double value = 0;
  double standard_error = 0;  // over chunks; 0 where there are fewer than two
};

// sum(b) / 8 sum(x), each b less `header_bits` but for the first one. The standard error is that of
// a ratio: sqrt(n / (n - 1) sum((b - r x)^2)) / sum(x). REQUIRES: rate_sum.bytes > 0.
[[nodiscard]] Rate rate_of(const RateSum& rate_sum, std::uint64_t header_bits);

// ---- Results ----

// Which chunks of which item are measured by which model.
struct UnitKey {
  std::size_t model = 0;
  std::size_t data_set = 0;
  std::size_t item = 0;
  std::size_t unit = 0;  // of its chunks: those from unit * chunks_per_unit()
};
[[nodiscard]] std::size_t chunks_per_unit(const RunSpec& spec);

// Whether the model measures the chunk of that number in the item.
[[nodiscard]] bool measures(const RunModel& model, std::size_t item, std::size_t chunk);

// Whether what the model measures of that chunk is proven.
[[nodiscard]] bool proves(const RunSpec& spec, const RunModel& model, std::size_t item,
                          std::size_t chunk);

// How many sums a unit's result has: one, or of in-context one for each length.
[[nodiscard]] std::size_t sums_per_unit(const RunSpec& spec);

struct UnitResult {
  std::vector<RateSum> rate_sums;  // sums_per_unit() of them
  double seconds = 0;
};

// Of one model on one data set.
struct Cell {
  std::vector<RateSum> rate_sums;  // as UnitResult's; empty when nothing was measured
  double seconds = 0;              // of work, summed over threads
};

// Threads: one at a time.
class RunResults {
 public:
  explicit RunResults(RunSpec spec);

  [[nodiscard]] const RunSpec& spec() const { return spec_; }

  // Each of these takes a result and returns the line that records it.
  std::string add_unit(const UnitKey& key, const UnitResult& result);
  std::string add_whole(std::size_t model, std::size_t data_set, const UnitResult& result);
  // All of the item was read: how many chunks it has, and what is left out of them.
  std::string add_item(std::size_t data_set, std::size_t item, std::size_t chunks,
                       std::uint64_t left_out);
  std::string add_failure(std::size_t data_set, std::size_t item, const RatesFailure& failure);

  // What a line told.
  struct Taken {
    bool is_new = false;  // else all of it was known
    std::size_t data_set = 0;
    std::size_t item = 0;
    std::optional<std::size_t> chunks;  // of the item, where the line says that
    std::optional<std::size_t> model;   // that measured something new
    bool whole = false;                 // of the data set, as one stream
    std::uint64_t measured = 0;         // chunks that are new
  };

  // Takes a line; a result that is there already is no second one. Throws Error when it is none of
  // this run; `where` begins its message.
  Taken take(std::string_view line, const std::string& where);

  [[nodiscard]] bool has_unit(const UnitKey& key) const;
  [[nodiscard]] bool has_whole(std::size_t model, std::size_t data_set) const;
  // The units of the item that the model has measured.
  [[nodiscard]] std::set<std::size_t> units_done(std::size_t model, std::size_t data_set,
                                                 std::size_t item) const;
  // Whether nothing of the item is left to measure.
  [[nodiscard]] bool has_item(std::size_t data_set, std::size_t item) const;

  [[nodiscard]] const Cell& chunked(std::size_t model, std::size_t data_set) const {
    return chunked_[place(model, data_set)];
  }
  [[nodiscard]] const Cell& whole(std::size_t model, std::size_t data_set) const {
    return whole_[place(model, data_set)];
  }
  [[nodiscard]] std::uint64_t left_out(std::size_t data_set) const;
  // The items that could not be read, data set by data set.
  [[nodiscard]] std::vector<RatesFailure> failures() const;

  // Throws Error when a data set has nothing that was measured.
  void check_not_empty() const;

  // What is not measured yet, in one line to be read; nothing if all is.
  [[nodiscard]] std::optional<std::string> missing() const;

 private:
  struct ItemState {
    std::optional<std::size_t> chunks;  // unknown until all of it was read
    std::uint64_t left_out = 0;
    std::optional<RatesFailure> failure;
    std::vector<std::set<std::size_t>> done;  // of each model the units that are measured
  };

  [[nodiscard]] std::size_t place(std::size_t model, std::size_t data_set) const {
    return model * spec_.data_sets.size() + data_set;
  }
  [[nodiscard]] bool has_only_units_of(const ItemState& state) const;
  [[nodiscard]] bool is_measured(const ItemState& state, std::size_t item) const;
  [[nodiscard]] Taken take_json(std::string_view line);
  void enter(const UnitKey& key, const UnitResult& result);

  RunSpec spec_;
  std::vector<Cell> chunked_;                            // (models, data sets)
  std::vector<Cell> whole_;                              // (models, data sets)
  std::vector<std::map<std::size_t, ItemState>> items_;  // [data set][item]
};

}  // namespace zipdream
