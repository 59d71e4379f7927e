// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/output_file.h"
#include "base/parallel.h"
#include "base/terminal.h"
#include "experiments/rates/measure.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Chunks of an item, and one model's measuring of them.
struct Job {
  UnitKey key;
  std::shared_ptr<const Bytes> bytes;
  std::size_t progress = 0;  // bytes that are done when it is
};

struct ItemEnd {
  std::size_t data_set;
  std::size_t item;
  std::size_t chunks;
  std::uint64_t left_out;
  std::size_t progress;
};

class Runner {
 public:
  Runner(const Plan& plan, const RunOptions& options, RunResults& results, LineFile* record)
      : plan_(plan),
        spec_(plan.spec),
        options_(options),
        results_(results),
        record_(record),
        progress_(std::string(experiment_name(spec_.experiment)), work(plan), "bytes",
                  !options.show_progress) {}

  void run() {
    for (std::size_t data_set = 0; data_set < plan_.data.size(); ++data_set) {
      for (std::size_t item = 0; item < plan_.data[data_set].item_count(); ++item) {
        if (is_mine(plan_.data[data_set], item, 0)) try_item(data_set, item);
      }
    }
    finish_jobs();
    if (spec_.whole) run_wholes();
  }

 private:
  static std::size_t work(const Plan& plan) {
    std::size_t bytes = 0;
    for (const DataSet& data : plan.data) {
      std::size_t times = 1;
      const std::size_t passes = plan.spec.prove_every == 1 ? 2 : 1;
      for (const RunModel& model : plan.spec.models) {
        if (plan.spec.whole && model.every == 1) times += passes;
      }
      bytes += data.stored_bytes() * times;
    }
    return bytes;
  }

  // A text is shared by its units, for reading it costs little; others by their items.
  [[nodiscard]] bool is_mine(const DataSet& data, std::size_t item, std::size_t unit) const {
    if (data.media == Media::kText && unit == 0) return true;
    const std::size_t number = data.media == Media::kText ? item + unit : item;
    return number % options_.shards == options_.shard;
  }

  void write(const std::string& line) {
    if (record_ != nullptr) record_->append(line);
  }

  void try_item(std::size_t data_set, std::size_t item) {
    const DataSet& data = plan_.data[data_set];
    if (results_.has_item(data_set, item)) {
      return progress_.add(data.stored_bytes() / data.item_count());
    }
    try {
      read_item(data_set, item);
    } catch (const Error& error) {
      write(results_.add_failure(data_set, item, {item_name(data, item), error.what()}));
    }
  }

  void read_item(std::size_t data_set, std::size_t index) {
    const DataSet& data = plan_.data[data_set];
    Item item = open_item(data, index, spec_.chunk);
    const bool by_bytes = data.media == Media::kText;
    std::size_t chunks = 0;
    for (std::size_t unit = 0;; ++unit) {
      Bytes bytes(chunks_per_unit(spec_) * spec_.chunk);
      const std::size_t wanted = bytes.size();
      bytes.resize(item.bytes(bytes));
      const std::size_t got = bytes.size();
      chunks += (got + spec_.chunk - 1) / spec_.chunk;
      if (got > 0 && spec_.chunked)
        add_jobs({0, data_set, index, unit}, std::move(bytes), by_bytes);
      if (got < wanted) break;
    }
    const std::size_t progress = by_bytes ? 0 : data.stored_bytes() / data.item_count();
    ends_.push_back({data_set, index, chunks, item.left_out, progress});
  }

  void add_jobs(UnitKey key, Bytes content, bool counts) {
    const DataSet& data = plan_.data[key.data_set];
    const auto bytes = std::make_shared<const Bytes>(std::move(content));
    const std::size_t count = (bytes->size() + spec_.chunk - 1) / spec_.chunk;
    const bool is_my_unit = data.media != Media::kText || shard_of(key) == options_.shard;
    const std::size_t share = counts ? bytes->size() / spec_.models.size() : 0;
    for (key.model = 0; key.model < spec_.models.size(); ++key.model) {
      if (is_my_unit && wants_unit(spec_, key, count) && !results_.has_unit(key)) {
        jobs_.push_back({key, bytes, share});
      } else {
        progress_.add(share);
      }
    }
    if (jobs_.size() >= 16 * static_cast<std::size_t>(thread_count())) finish_jobs();
  }

  [[nodiscard]] std::size_t shard_of(const UnitKey& key) const {
    return (key.item + key.unit) % options_.shards;
  }

  void finish_jobs() {
    parallel_for(jobs_.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const UnitResult result = measure_unit(plan_, jobs_[i].key, *jobs_[i].bytes);
        const std::scoped_lock lock(mutex_);
        write(results_.add_unit(jobs_[i].key, result));
        progress_.add(jobs_[i].progress);
      }
    });
    jobs_.clear();
    for (const ItemEnd& end : ends_) {
      write(results_.add_item(end.data_set, end.item, end.chunks, end.left_out));
      progress_.add(end.progress);
    }
    ends_.clear();
  }

  void run_wholes() {
    std::vector<std::pair<std::size_t, std::size_t>> cells;
    for (std::size_t model = 0; model < spec_.models.size(); ++model) {
      for (std::size_t data_set = 0; data_set < spec_.data_sets.size(); ++data_set) {
        const bool is_my_cell =
            (model * spec_.data_sets.size() + data_set) % options_.shards == options_.shard;
        const bool is_wanted = is_my_cell && spec_.models[model].every == 1;
        if (is_wanted && !results_.has_whole(model, data_set)) cells.emplace_back(model, data_set);
      }
    }
    parallel_for(cells.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) run_whole(cells[i].first, cells[i].second);
    });
  }

  void run_whole(std::size_t model, std::size_t data_set) {
    const bool is_text = plan_.data[data_set].media == Media::kText;
    const auto on_bytes = [&](std::size_t count) { progress_.add(is_text ? count : 0); };
    const std::optional<UnitResult> result = measure_whole(plan_, model, data_set, on_bytes);
    if (!result) return;
    const std::scoped_lock lock(mutex_);
    write(results_.add_whole(model, data_set, *result));
  }

  const Plan& plan_;
  const RunSpec& spec_;
  const RunOptions& options_;
  RunResults& results_;
  LineFile* record_;
  Progress progress_;
  std::mutex mutex_;  // of the results and the record
  std::vector<Job> jobs_;
  std::vector<ItemEnd> ends_;  // of items whose jobs are all above
};

}  // namespace

RunResults run_plan(const Plan& plan, const RunOptions& options) {
  RunResults results(plan.spec);
  const std::unique_ptr<LineFile> record = open_record(options.record, results);
  Runner(plan, options, results, record.get()).run();
  return results;
}

RunResults merge_records(const std::vector<std::string>& paths) {
  std::optional<RunResults> results;
  std::string spec;
  for (const std::string& path : paths) {
    bool is_first = true;
    for_each_line(path, [&](std::string_view line) {
      if (!std::exchange(is_first, false)) return static_cast<void>(results->take(line, path));
      RunSpec found = parse_run_spec(line, path);
      if (!results) spec = line;
      if (!results) results.emplace(std::move(found));
      if (line == spec) return;
      throw Error(
          fmt::format("{}: is of another run than {}; merge records of one", path, paths.front()));
    });
    if (is_first) throw Error(fmt::format("{}: is empty, no record of a run", path));
  }
  if (const auto missing = results->missing()) {
    throw Error(fmt::format("{}: {}; name the records of all shards, or let them finish",
                            paths.front(), *missing));
  }
  return std::move(*results);
}

}  // namespace zipdream
