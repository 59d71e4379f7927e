// SPDX-License-Identifier: Apache-2.0
// The results of a run as they come: units of work, each a few chunks of an item measured by a row,
// or all of a data set by a row as one stream. Each is a line of JSON in the run's record; from the
// lines the run_results comes back, knowing what is done. Sums are whole numbers, so the order of
// the lines doesn't matter, nor on which machine a unit was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/rates/rate_sum.h"
#include "experiments/rates/run_spec.h"

namespace zipdream {

// Which chunks of which item, by which row.
struct UnitKey {
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t item = 0;
  std::size_t unit = 0;  // of its chunks: those from unit * chunks_per_unit()
};
[[nodiscard]] std::size_t chunks_per_unit(const RunFacts& facts);

// Whether the row measures the chunk of that number in the item.
[[nodiscard]] bool measures(const RowFacts& row, std::size_t item, std::size_t chunk);

struct UnitResult {
  std::vector<RateSum> rate_sums;  // one; of in-context one for each length
  double seconds = 0;
};

struct Cell {
  std::vector<RateSum> rate_sums;  // as UnitResult's; empty when nothing was measured
  double seconds = 0;              // of work, summed over threads
};

// An item that could not be read.
struct Failure {
  std::string item;
  std::string reason;
};

// Threads: one at a time.
class RunResults {
 public:
  explicit RunResults(RunFacts facts);

  [[nodiscard]] const RunFacts& facts() const { return facts_; }

  // Each takes a result and returns its line.
  std::string add_unit(const UnitKey& key, const UnitResult& result);
  std::string add_whole(std::size_t row, std::size_t column, const UnitResult& result);
  // All of the item was read: how many chunks it has, and what is left out of them.
  std::string add_item(std::size_t column, std::size_t item, std::size_t chunks,
                       std::uint64_t left_out);
  std::string add_failure(std::size_t column, std::size_t item, const Failure& failure);

  // Takes a line; a result that is there already is no second one. Throws Error when it is none of
  // this run; `where` begins its message.
  void take(std::string_view line, const std::string& where);

  [[nodiscard]] bool has_unit(const UnitKey& key) const;
  [[nodiscard]] bool has_whole(std::size_t row, std::size_t column) const;
  // Whether nothing of the item is left to measure.
  [[nodiscard]] bool has_item(std::size_t column, std::size_t item) const;

  [[nodiscard]] const Cell& chunked(std::size_t row, std::size_t column) const {
    return chunked_[place(row, column)];
  }
  [[nodiscard]] const Cell& whole(std::size_t row, std::size_t column) const {
    return whole_[place(row, column)];
  }
  [[nodiscard]] std::uint64_t left_out(std::size_t column) const;
  // Of items that nobody could read, column by column, item by item.
  [[nodiscard]] std::vector<Failure> failures() const;

  // What is not measured yet, for people; nothing if all is.
  [[nodiscard]] std::optional<std::string> missing() const;

 private:
  struct ItemFacts {
    std::optional<std::size_t> chunks;  // unknown until all of it was read
    std::uint64_t left_out = 0;
    std::optional<Failure> failure;
    std::vector<std::vector<bool>> done;  // [row][unit]
  };

  [[nodiscard]] std::size_t place(std::size_t row, std::size_t column) const {
    return row * facts_.columns.size() + column;
  }
  [[nodiscard]] bool is_measured(const ItemFacts& facts, std::size_t item) const;
  void enter(const UnitKey& key, const UnitResult& result);

  RunFacts facts_;
  std::vector<Cell> chunked_;                            // (rows, columns)
  std::vector<Cell> whole_;                              // (rows, columns)
  std::vector<std::map<std::size_t, ItemFacts>> items_;  // [column][item]
};

}  // namespace zipdream
