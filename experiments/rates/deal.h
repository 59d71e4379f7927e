// SPDX-License-Identifier: Apache-2.0
// Shares a run among many workers, wherever they are: a dealer that knows what is left to measure
// hands out tasks, the largest first; workers read the data themselves and send back lines of the
// record. Neither knows how a line gets from one to the other.
//
//   Dealer dealer(plan, results, record, workers, seconds_per_byte(plan));
//   while (const auto task = dealer.next())
//     Worker(plan).work(*task, [&](const std::string& line) { dealer.take(line, "here"); });
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/output_file.h"
#include "experiments/data/data_set.h"
#include "experiments/rates/measure.h"
#include "experiments/rates/plan.h"
#include "experiments/rates/run_results.h"
#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {

// A piece of the work that one worker does.
struct Task {
  static constexpr std::size_t kToTheEnd = SIZE_MAX;

  std::size_t data_set = 0;
  bool whole = false;               // all of the data set as one stream, by models[0]
  std::vector<std::size_t> models;  // that measure each unit
  std::size_t item = 0;
  std::size_t begin = 0;  // units
  // kToTheEnd: to where the item ends, which is then known, and recorded.
  std::size_t end = kToTheEnd;
  std::set<std::pair<std::size_t, std::size_t>> done;  // models and units: known already

  bool operator==(const Task&) const = default;
};

// A task as one line of JSON, and back. Throws Error when the line is none of that plan.
[[nodiscard]] std::string task_line(const Task& task);
[[nodiscard]] Task parse_task(std::string_view line, const RunSpec& spec);

// About how long each model works on a byte of a chunk, from measuring a short text once: for the
// order of the tasks, and no figure of a table.
[[nodiscard]] std::vector<double> seconds_per_byte(const Plan& plan);

// What the model needs for that text, in bits: what tells models of one name apart.
[[nodiscard]] std::vector<std::uint64_t> bits_of_probe(const Plan& plan);

// Hands out what is left of a run. Threads: one at a time.
class Dealer {
 public:
  // `record` may be null. `costs` are seconds_per_byte(). REQUIRES: all of these outlive it;
  // workers > 0.
  Dealer(const Plan& plan, RunResults& results, LineFile* record, std::size_t workers,
         const std::vector<double>& costs);

  // The next task; nothing when all is dealt.
  [[nodiscard]] std::optional<Task> next();

  // A line that a worker sent goes to the results and the record. Throws Error when it is none of
  // this run (`where` begins the message), a file is not as long as it was when the run began, or
  // the record can't be written.
  void take(std::string_view line, const std::string& where);

  // What is done: chunks that were measured since this dealer began, and of the seconds that a
  // single worker would need for all, about, how many are behind.
  struct Progress {
    std::uint64_t chunks = 0;
    double seconds = 0;
    double all_seconds = 0;
  };
  [[nodiscard]] Progress progress() const { return progress_; }

  // About how long a single worker would need for what is not dealt yet.
  [[nodiscard]] double seconds_left() const { return seconds_left_; }

 private:
  struct Sized {
    double seconds = 0;
    Task task;
  };
  // Units of one item that one model has to measure, which can be dealt in any portions.
  struct Pool {
    Task task;
    double unit_seconds = 0;
    std::vector<std::pair<std::size_t, std::size_t>> runs;  // of units, the last one first
  };

  void add_wholes();
  void add_item(std::size_t data_set, std::size_t item);
  void add_text(std::size_t data_set, std::size_t item, std::uint64_t bytes);
  void add_pool(std::size_t model, std::size_t data_set, std::size_t item, std::size_t chunks);
  void add_others(std::size_t data_set, std::size_t item);
  [[nodiscard]] double cost(std::size_t model) const;
  void count(const RunResults::Taken& taken);
  [[nodiscard]] Task next_of_pools();

  const Plan& plan_;
  const RunSpec& spec_;
  RunResults& results_;
  LineFile* record_;
  std::size_t workers_;
  const std::vector<double>& costs_;
  std::vector<Sized> tasks_;  // the largest last
  std::vector<Pool> pools_;   // the one of the slowest model last
  std::vector<std::vector<std::optional<std::size_t>>> chunks_;  // [data set][item], as expected
  double seconds_left_ = 0;
  Progress progress_;
};

// Does tasks. Threads: one at a time; it uses thread_count() threads itself.
class Worker {
 public:
  using Emit = std::function<void(const std::string& line)>;

  // `poll` is called now and then while it works; what it throws ends the work.
  explicit Worker(
      const Plan& plan, std::function<void()> poll = [] {});

  // Each result goes to `emit` as a line of the record, as soon as it is there; an item that can't
  // be read is one, too. Throws what measuring throws (measure.h).
  void work(const Task& task, const Emit& emit);

 private:
  struct Piece {
    std::size_t unit;
    std::size_t chunks;
    Bytes bytes;
  };

  void work_on_units(const Task& task, const Emit& emit);
  [[nodiscard]] std::optional<Item> open(const Task& task, const Emit& emit);
  [[nodiscard]] std::optional<Bytes> read_unit(const Item& item, const Task& task,
                                               const Emit& emit);
  void fail(const Task& task, const Error& error, const Emit& emit);
  void measure(const Task& task, std::vector<Piece>& pieces, const Emit& emit);

  const Plan& plan_;
  const RunSpec& spec_;
  std::function<void()> poll_;
  RunResults lines_;  // makes the lines; its sums are those of this worker
};

}  // namespace zipdream
