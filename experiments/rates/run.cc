// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/output_file.h"
#include "base/parallel.h"
#include "base/terminal.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

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
    const std::size_t first = key.unit * chunks_per_unit(spec_);
    const std::size_t end = first + (bytes->size() + spec_.chunk - 1) / spec_.chunk;
    const bool is_my_unit = data.media != Media::kText || shard_of(key) == options_.shard;
    const std::size_t share = counts ? bytes->size() / spec_.models.size() : 0;
    for (key.model = 0; key.model < spec_.models.size(); ++key.model) {
      bool is_wanted = false;
      for (std::size_t chunk = first; chunk < end && is_my_unit; ++chunk) {
        is_wanted = is_wanted || measures(spec_.models[key.model], key.item, chunk);
      }
      if (is_wanted && !results_.has_unit(key)) {
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
        const UnitResult result = measure(jobs_[i]);
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

  [[nodiscard]] UnitResult measure(const Job& job) const {
    const auto start = std::chrono::steady_clock::now();
    double proving = 0;  // seconds
    const RateModel& model = *plan_.models[job.key.model];
    const Media media = plan_.data[job.key.data_set].media;
    UnitResult result;
    result.rate_sums.resize(sums_per_unit(spec_));
    std::size_t number = job.key.unit * chunks_per_unit(spec_);
    for (std::size_t at = 0; at < job.bytes->size(); at += spec_.chunk, ++number) {
      if (!measures(spec_.models[job.key.model], job.key.item, number)) continue;
      const ByteView rest = ByteView(*job.bytes).subspan(at);
      const ByteView chunk = rest.first(std::min(rest.size(), spec_.chunk));
      if (curve().empty()) {
        const std::uint64_t before = result.rate_sums[0].bits;
        add_chunk(model, chunk, media, result.rate_sums[0]);
        if (!proves(spec_, spec_.models[job.key.model], job.key.item, number)) continue;
        const auto start_of_proof = std::chrono::steady_clock::now();
        prove(job.key, number, chunk, result.rate_sums[0].bits - before);
        result.rate_sums[0].proven += 1;
        proving += seconds_since(start_of_proof);
      } else if (chunk.size() == spec_.chunk) {
        add_curve(model, chunk, media, result.rate_sums);
      }
    }
    result.seconds = seconds_since(start) - proving;
    return result;
  }

  // Chunk `number` of the item, which was measured with so many bits. What is stored proves itself.
  void prove(const UnitKey& key, std::size_t number, ByteView chunk, std::uint64_t bits) const {
    const RateModel& model = *plan_.models[key.model];
    const DataSet& data = plan_.data[key.data_set];
    if (!model.can_code(chunk, data.media, spec_.protocol)) return;
    try {
      model.prove(chunk, bits, data.media, spec_.protocol);
    } catch (const Error& error) {
      throw Error(fmt::format("{} on chunk {} of {}, counted from 0: {}", model.spec(), number,
                              item_name(data, key.item), error.what()));
    }
  }

  // Whatever can't be coded is stored, which a bit has to tell.
  void add_chunk(const RateModel& model, ByteView chunk, Media media, RateSum& rate_sum) const {
    if (model.can_code(chunk, media, spec_.protocol)) {
      rate_sum.add_chunk(chunk.size(), model.bits(chunk, media, spec_.protocol));
    } else {
      rate_sum.add_chunk(chunk.size(), 8 * chunk.size() + 1, /*is_stored=*/true);
    }
  }

  void add_curve(const RateModel& model, ByteView chunk, Media media,
                 std::span<RateSum> rate_sums) const {
    const bool can_code = model.can_code(chunk, media, spec_.protocol);
    std::vector<std::uint64_t> bits;
    if (can_code) bits = model.bits_of_starts(chunk, curve(), media, spec_.protocol);
    for (std::size_t i = 0; i < rate_sums.size(); ++i) {
      rate_sums[i].add_chunk(curve()[i], can_code ? bits[i] : 8 * curve()[i] + 1, !can_code);
    }
  }

  [[nodiscard]] std::span<const std::size_t> curve() const {
    if (spec_.experiment != Experiment::kInContext) return {};
    return spec_.lengths;
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
    const auto start = std::chrono::steady_clock::now();
    const DataSet& data = plan_.data[data_set];
    std::uint64_t bytes = 0;
    UnitResult result;
    const ByteSource all = all_of(data_set, bytes);
    std::uint64_t bits = 0;
    bool is_stored = false;
    try {
      bits = plan_.models[model]->bits(all, size_of(data), data.media, spec_.protocol);
    } catch (const Error&) {
      if (plan_.models[model]->is_codec()) throw;
      // Stored, as a chunk that can't be coded: how much that is takes reading it.
      is_stored = true;
      bytes = 0;
      Bytes piece(std::size_t{1} << 16);
      const ByteSource again = all_of(data_set, bytes);
      while (again(piece) == piece.size()) continue;
      bits = 8 * bytes + 1;
    }
    if (bytes == 0) return;
    result.rate_sums = {{.chunks = 1, .bytes = bytes, .bits = bits, .stored = is_stored ? 1U : 0U}};
    result.seconds = seconds_since(start);
    if (spec_.prove_every == 1) {
      if (!is_stored) prove_whole(model, data_set, bits);
      result.rate_sums[0].proven = 1;
    }
    const std::scoped_lock lock(mutex_);
    write(results_.add_whole(model, data_set, result));
  }

  // All of a data set, in memory.
  void prove_whole(std::size_t model, std::size_t data_set, std::uint64_t bits) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    std::uint64_t count = 0;
    const ByteSource source = all_of(data_set, count);
    Bytes all;
    for (std::size_t got = kPiece; got == kPiece;) {
      all.resize(count + kPiece);
      got = source(std::span(all).last(kPiece));
    }
    all.resize(count);
    const RateModel& of = *plan_.models[model];
    const DataSet& data = plan_.data[data_set];
    // A library may cut a long input its own way (Codec::stream_size()).
    const std::uint64_t slack = of.is_codec() ? 512 + bits / 1000 : 0;
    try {
      of.prove(all, bits + slack, data.media, spec_.protocol);
    } catch (const Error& error) {
      throw Error(fmt::format("{} on {}: {}", of.spec(), data.name, error.what()));
    }
  }

  // Nothing where a file can't be read, or has to be decoded first.
  static std::optional<std::uint64_t> size_of(const DataSet& data) {
    if (data.media != Media::kText) return std::nullopt;
    try {
      for (const std::string& file : data.files) static_cast<void>(InputFile(file));
    } catch (const Error&) {
      return std::nullopt;
    }
    return data.stored_bytes();
  }

  // All items, one after the other; what can't be read is left out. Counts what it gives.
  ByteSource all_of(std::size_t data_set, std::uint64_t& count) {
    struct State {
      std::size_t next = 0;
      ByteSource now;
    };
    auto state = std::make_shared<State>();
    return [this, data_set, &count, state](std::span<Byte> buffer) {
      const DataSet& data = plan_.data[data_set];
      std::size_t filled = 0;
      while (filled < buffer.size()) {
        if (!state->now && state->next == data.item_count()) break;
        try {
          if (!state->now) state->now = open_item(data, state->next++, spec_.chunk).bytes;
          const std::size_t got = state->now(buffer.subspan(filled));
          if (got < buffer.size() - filled) state->now = nullptr;
          filled += got;
          progress_.add(data.media == Media::kText ? got : 0);
        } catch (const Error&) {
          state->now = nullptr;  // try_item() records the failure
        }
      }
      count += filled;
      return filled;
    };
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

// What a kill left of a line: its beginning, or zeros where the power went too.
bool is_torn(std::string_view rest, std::string_view line) {
  return line.starts_with(rest) || rest.find_first_not_of('\0') == rest.npos;
}

// Throws the Error for a first line that is not this run's.
[[noreturn]] void refuse_record(std::string_view line, const std::string& path) {
  static_cast<void>(parse_run_spec(line, path));  // for its Error
  throw Error(
      fmt::format("{}: is the record of another run (other models, data or options); name "
                  "another file, or give it what it was made with",
                  path));
}

// What an existing record holds goes to the results; a new one begins with the spec. A file that is
// no record of this run stays as it is.
std::unique_ptr<LineFile> open_record(const std::string& path, RunResults& results) {
  if (path.empty()) return nullptr;
  auto record = std::make_unique<LineFile>(path);
  const std::string spec = run_spec_line(results.spec());
  bool is_new = true;
  for_each_line(path, [&](std::string_view line) {
    if (!is_new) return results.take(line, path);
    if (line != spec) refuse_record(line, path);
    is_new = false;
  });
  const std::string rest = record->rest();
  if (is_new && !is_torn(rest, spec)) refuse_record(rest, path);
  if (!is_new && !is_torn(rest.substr(0, 1), "{")) results.take(rest, path);
  if (is_new) record->append(spec);
  return record;
}

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
      if (!std::exchange(is_first, false)) return results->take(line, path);
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
