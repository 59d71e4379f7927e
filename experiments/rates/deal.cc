// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/deal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/parallel.h"
#include "experiments/data/data_set.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

// A task of a worker is some seconds of work at most, so that all workers end at about the same
// time; and some milliseconds at least where that is many units, so that asking costs nothing.
constexpr double kMaxTaskSeconds = 10;
constexpr double kMinTaskSeconds = 0.02;
// Of what is left, each portion takes this share of a worker's.
constexpr double kShareOfRest = 0.25;

// English enough for models of text, and no model has read it before.
constexpr std::string_view kProbe =
    "The dealer hands each rank a portion of the work: the largest first, for what comes last "
    "should be small. 0123456789 ranks went to sea in a sieve; the wind was west-south-west, the "
    "sieve held, and nobody asked why. <b>&quot;So it goes&quot;</b>, wrote the keeper.\n";

ByteView probe(const RunSpec& spec) {
  return as_bytes(kProbe.substr(0, std::min(kProbe.size(), spec.chunk)));
}

std::uint64_t probe_bits(const Plan& plan, std::size_t model) {
  const RateModel& of = *plan.models[model];
  const ByteView text = probe(plan.spec);
  if (!of.can_code(text, Media::kText, plan.spec.protocol)) return 0;
  return of.bits(text, Media::kText, plan.spec.protocol);
}

}  // namespace

std::vector<double> seconds_per_byte(const Plan& plan) {
  std::vector<double> costs;
  for (std::size_t model = 0; model < plan.models.size(); ++model) {
    const auto start = std::chrono::steady_clock::now();
    static_cast<void>(probe_bits(plan, model));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    costs.push_back(std::max(time.count(), 1e-9) / static_cast<double>(probe(plan.spec).size()));
  }
  return costs;
}

std::vector<std::uint64_t> bits_of_probe(const Plan& plan) {
  std::vector<std::uint64_t> bits;
  for (std::size_t model = 0; model < plan.models.size(); ++model) {
    bits.push_back(probe_bits(plan, model));
  }
  return bits;
}

// ---- Tasks ----

std::string task_line(const Task& task) {
  Json json = {{"column", task.data_set}, {"whole", task.whole}, {"rows", task.models},
               {"item", task.item},       {"begin", task.begin}, {"end", task.end}};
  if (!task.done.empty()) json["done"] = task.done;
  return json.dump();
}

Task parse_task(std::string_view line, const RunSpec& spec) {
  try {
    const Json json = Json::parse(line);
    Task task{.data_set = json.at("column"),
              .whole = json.at("whole"),
              .models = json.at("rows").get<std::vector<std::size_t>>(),
              .item = json.at("item"),
              .begin = json.at("begin"),
              .end = json.at("end")};
    if (json.contains("done")) json.at("done").get_to(task.done);
    const bool has_models = std::ranges::all_of(
        task.models, [&](std::size_t model) { return model < spec.models.size(); });
    if (has_models && task.data_set < spec.data_sets.size() &&
        task.item < spec.data_sets[task.data_set].items && (!task.whole || !task.models.empty())) {
      return task;
    }
  } catch (const Json::exception&) {
    // Reported below.
  }
  throw Error("what a rank was told to do is no part of the run; are all ranks of one version?");
}

// ---- The dealer ----

Dealer::Dealer(const Plan& plan, RunResults& results, LineFile* record, std::size_t workers,
               const std::vector<double>& costs)
    : plan_(plan),
      spec_(plan.spec),
      results_(results),
      record_(record),
      workers_(workers),
      costs_(costs) {
  assert(workers > 0 && costs.size() == spec_.models.size());
  for (std::size_t data_set = 0; data_set < plan_.data.size(); ++data_set) {
    chunks_.emplace_back(plan_.data[data_set].item_count());
    for (std::size_t item = 0; item < plan_.data[data_set].item_count(); ++item) {
      if (!results_.has_item(data_set, item)) add_item(data_set, item);
    }
  }
  if (spec_.whole) add_wholes();
  std::ranges::stable_sort(tasks_, {}, &Sized::seconds);
  std::ranges::stable_sort(pools_, {}, &Pool::unit_seconds);
  progress_.all_seconds = seconds_left_;
}

// Of a chunk's byte, by a model that may leave chunks out.
double Dealer::cost(std::size_t model) const {
  return costs_[model] / static_cast<double>(spec_.models[model].every);
}

void Dealer::add_wholes() {
  for (std::size_t model = 0; model < spec_.models.size(); ++model) {
    for (std::size_t data_set = 0; data_set < spec_.data_sets.size(); ++data_set) {
      if (spec_.models[model].every > 1 || results_.has_whole(model, data_set)) continue;
      const double seconds =
          costs_[model] * static_cast<double>(plan_.data[data_set].stored_bytes());
      tasks_.push_back({seconds, {.data_set = data_set, .whole = true, .models = {model}}});
      seconds_left_ += seconds;
    }
  }
}

void Dealer::add_item(std::size_t data_set, std::size_t item) {
  if (const auto bytes = item_bytes(plan_.data[data_set], item)) {
    add_text(data_set, item, *bytes);
  } else {
    add_others(data_set, item);
  }
}

// Of a text it is known how many units it has, so that each can be dealt by itself.
void Dealer::add_text(std::size_t data_set, std::size_t item, std::uint64_t bytes) {
  const std::size_t chunks = (bytes + spec_.chunk - 1) / spec_.chunk;
  chunks_[data_set][item] = chunks;
  for (std::size_t model = 0; model < spec_.models.size() && spec_.chunked; ++model) {
    add_pool(model, data_set, item, chunks);
  }
  // Its end is looked for where it should be; without chunks nobody else reads what is before.
  const std::size_t last = spec_.chunked && chunks > 0 ? (chunks - 1) / chunks_per_unit(spec_) : 0;
  tasks_.push_back({0, {.data_set = data_set, .item = item, .begin = last}});
}

void Dealer::add_pool(std::size_t model, std::size_t data_set, std::size_t item,
                      std::size_t chunks) {
  Pool pool{{.data_set = data_set, .models = {model}, .item = item}};
  const std::size_t per_unit = chunks_per_unit(spec_);
  pool.unit_seconds = cost(model) * static_cast<double>(per_unit * spec_.chunk);
  for (std::size_t unit = 0; unit * per_unit < chunks; ++unit) {
    const UnitKey key{model, data_set, item, unit};
    const std::size_t count = std::min(per_unit, chunks - unit * per_unit);
    if (!wants_unit(spec_, key, count) || results_.has_unit(key)) continue;
    if (pool.runs.empty() || pool.runs.back().second != unit) pool.runs.emplace_back(unit, unit);
    pool.runs.back().second = unit + 1;
    seconds_left_ += pool.unit_seconds;
  }
  std::ranges::reverse(pool.runs);
  if (!pool.runs.empty()) pools_.push_back(std::move(pool));
}

// An image or a recording is decoded by whoever measures it: once, unless that takes long.
void Dealer::add_others(std::size_t data_set, std::size_t item) {
  const DataSet& data = plan_.data[data_set];
  const double bytes =
      static_cast<double>(data.stored_bytes()) / static_cast<double>(data.item_count());
  Task task{.data_set = data_set, .item = item};
  double seconds = 0;
  for (std::size_t model = 0; model < spec_.models.size() && spec_.chunked; ++model) {
    task.models.push_back(model);
    seconds += cost(model) * bytes;
    for (const std::size_t unit : results_.units_done(model, data_set, item)) {
      task.done.emplace(model, unit);
    }
  }
  seconds_left_ += seconds;
  if (seconds < kMaxTaskSeconds || task.models.size() < 2) {
    tasks_.push_back({seconds, std::move(task)});
    return;
  }
  const std::vector<std::size_t> models = task.models;
  for (const std::size_t model : models) {
    task.models = {model};
    tasks_.push_back({cost(model) * bytes, task});
  }
}

std::optional<Task> Dealer::next() {
  const bool is_sized = !tasks_.empty() && tasks_.back().seconds > 0;
  if (is_sized || (pools_.empty() && !tasks_.empty())) {
    const Sized sized = std::move(tasks_.back());
    tasks_.pop_back();
    seconds_left_ -= sized.seconds;
    return sized.task;
  }
  if (pools_.empty()) return std::nullopt;
  return next_of_pools();
}

Task Dealer::next_of_pools() {
  Pool& pool = pools_.back();
  const double share = seconds_left_ * kShareOfRest / static_cast<double>(workers_);
  const double seconds = std::clamp(share, kMinTaskSeconds, kMaxTaskSeconds);
  const auto wanted = static_cast<std::size_t>(std::clamp(seconds / pool.unit_seconds, 1.0, 1e6));
  auto& [begin, end] = pool.runs.back();
  Task task = pool.task;
  task.begin = begin;
  task.end = std::min(end, begin + wanted);
  begin = task.end;
  seconds_left_ -= pool.unit_seconds * static_cast<double>(task.end - task.begin);
  if (begin == end) pool.runs.pop_back();
  if (pool.runs.empty()) pools_.pop_back();
  return task;
}

void Dealer::take(std::string_view line, const std::string& where) {
  const RunResults::Taken taken = results_.take(line, where);
  const auto& expected = chunks_[taken.data_set][taken.item];
  if (taken.chunks && expected && *expected != *taken.chunks) {
    throw Error(
        fmt::format("{}: is not as long for {} as when the run began; measure files that "
                    "stay as they are",
                    item_name(plan_.data[taken.data_set], taken.item), where));
  }
  if (taken.is_new && record_ != nullptr) record_->append(line);
  count(taken);
}

void Dealer::count(const RunResults::Taken& taken) {
  if (!taken.model) return;
  const double bytes = taken.whole ? static_cast<double>(plan_.data[taken.data_set].stored_bytes())
                                   : static_cast<double>(taken.measured * spec_.chunk);
  progress_.chunks += taken.measured;
  progress_.seconds =
      std::min(progress_.all_seconds, progress_.seconds + costs_[*taken.model] * bytes);
}

// ---- A worker ----

Worker::Worker(const Plan& plan, std::function<void()> poll)
    : plan_(plan), spec_(plan.spec), poll_(std::move(poll)), lines_(plan.spec) {}

void Worker::work(const Task& task, const Emit& emit) {
  if (task.whole) {
    const auto on_bytes = [this](std::size_t /*count*/) { poll_(); };
    const auto result = measure_whole(plan_, task.models[0], task.data_set, on_bytes);
    if (result) emit(lines_.add_whole(task.models[0], task.data_set, *result));
    return;
  }
  work_on_units(task, emit);
}

// Nothing when the item can't be read, which `emit` is told.
std::optional<Item> Worker::open(const Task& task, const Emit& emit) {
  const std::uint64_t from = std::uint64_t{task.begin} * chunks_per_unit(spec_) * spec_.chunk;
  try {
    return open_item(plan_.data[task.data_set], task.item, spec_.chunk, from);
  } catch (const Error& error) {
    fail(task, error, emit);
    return std::nullopt;
  }
}

// What follows of the item, at most a unit; nothing when it can't be read, which `emit` is told.
std::optional<Bytes> Worker::read_unit(const Item& item, const Task& task, const Emit& emit) {
  Bytes bytes(chunks_per_unit(spec_) * spec_.chunk);
  try {
    bytes.resize(item.bytes(bytes));
    return bytes;
  } catch (const Error& error) {
    fail(task, error, emit);
    return std::nullopt;
  }
}

void Worker::fail(const Task& task, const Error& error, const Emit& emit) {
  emit(lines_.add_failure(task.data_set, task.item,
                          {item_name(plan_.data[task.data_set], task.item), error.what()}));
}

void Worker::work_on_units(const Task& task, const Emit& emit) {
  const std::optional<Item> item = open(task, emit);
  if (!item) return;
  const std::size_t unit_bytes = chunks_per_unit(spec_) * spec_.chunk;
  std::size_t chunks = task.begin * chunks_per_unit(spec_);
  std::vector<Piece> pieces;
  for (std::size_t unit = task.begin; unit < task.end; ++unit) {
    poll_();
    std::optional<Bytes> bytes = read_unit(*item, task, emit);
    if (!bytes) return;
    const std::size_t count = (bytes->size() + spec_.chunk - 1) / spec_.chunk;
    const bool is_last = bytes->size() < unit_bytes;
    chunks += count;
    if (count > 0 && !task.models.empty()) pieces.push_back({unit, count, std::move(*bytes)});
    if (pieces.size() >= static_cast<std::size_t>(thread_count())) measure(task, pieces, emit);
    if (is_last) break;
  }
  measure(task, pieces, emit);
  if (task.end < Task::kToTheEnd) return;
  emit(lines_.add_item(task.data_set, task.item, chunks, item->left_out));
}

// All pieces by all models of the task, on all threads.
void Worker::measure(const Task& task, std::vector<Piece>& pieces, const Emit& emit) {
  std::vector<std::pair<UnitKey, const Bytes*>> jobs;
  for (const Piece& piece : pieces) {
    for (const std::size_t model : task.models) {
      const UnitKey key{model, task.data_set, task.item, piece.unit};
      if (task.done.contains({model, piece.unit})) continue;
      if (wants_unit(spec_, key, piece.chunks)) jobs.emplace_back(key, &piece.bytes);
    }
  }
  // One at a time where it is alone, so that what is measured is known before more is begun.
  const auto step = static_cast<std::size_t>(thread_count());
  for (std::size_t from = 0; from < jobs.size(); from += step) {
    const std::size_t count = std::min(step, jobs.size() - from);
    std::vector<UnitResult> results(count);
    parallel_for(count, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        results[i] = measure_unit(plan_, jobs[from + i].first, *jobs[from + i].second);
      }
    });
    for (std::size_t i = 0; i < count; ++i) emit(lines_.add_unit(jobs[from + i].first, results[i]));
    poll_();
  }
  pieces.clear();
}

}  // namespace zipdream
