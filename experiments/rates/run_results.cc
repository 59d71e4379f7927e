// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/run_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

// Differences of sums that are below this share of them are rounding.
constexpr double kRounding = 1e-14;

using Json = nlohmann::ordered_json;

constexpr std::size_t kUnitBytes = 32768;  // some milliseconds of a codec, some seconds of a model

// Of an item: no file is longer than so many of kUnitBytes. Keeps what a record claims countable.
constexpr std::size_t kMaxUnits = std::size_t{1} << 32;

// Sums of a unit's squares stay below 2^64: chunks have at most 64 MiB (kMaxChunk).
Json rate_sum_json(const RateSum& rate_sum) {
  Json json = Json::array({rate_sum.chunks, rate_sum.bytes, rate_sum.bits, rate_sum.stored,
                           static_cast<std::uint64_t>(rate_sum.bytes_squared),
                           static_cast<std::uint64_t>(rate_sum.bytes_by_bits),
                           static_cast<std::uint64_t>(rate_sum.bits_squared)});
  if (rate_sum.proven > 0) json.push_back(rate_sum.proven);
  return json;
}

// A result of `count` sums.
UnitResult parse_result(const Json& json, std::size_t count) {
  UnitResult result{.seconds = json.at("s")};
  if (json.at("sums").size() != count) throw Error("");  // worded by take()
  for (const Json& each : json.at("sums")) {
    const auto at = [&](std::size_t i) { return each.at(i).get<std::uint64_t>(); };
    const std::uint64_t proven = each.size() > 7 ? at(7) : 0;
    result.rate_sums.push_back({at(0), at(1), at(2), at(3), at(4), at(5), at(6), proven});
  }
  return result;
}

void add_result(Json& json, const UnitResult& result) {
  json["sums"] = Json::array();
  for (const RateSum& rate_sum : result.rate_sums) json["sums"].push_back(rate_sum_json(rate_sum));
  json["s"] = result.seconds;
}

void add_to(Cell& cell, const UnitResult& result) {
  cell.rate_sums.resize(std::max(cell.rate_sums.size(), result.rate_sums.size()));
  for (std::size_t i = 0; i < result.rate_sums.size(); ++i)
    cell.rate_sums[i].add(result.rate_sums[i]);
  cell.seconds += result.seconds;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A number below `count`.
std::size_t index_in(const Json& json, const char* key, std::size_t count) {
  const auto index = json.at(key).get<std::size_t>();
  if (index >= count) throw Error("");  // worded by take()
  return index;
}

std::size_t unit_count(const RunSpec& spec, std::size_t chunks) {
  return (chunks + chunks_per_unit(spec) - 1) / chunks_per_unit(spec);
}

}  // namespace

void RateSum::add_chunk(std::uint64_t chunk_bytes, std::uint64_t chunk_bits, bool is_stored) {
  add({1, chunk_bytes, chunk_bits, is_stored ? 1U : 0U, Uint128{chunk_bytes} * chunk_bytes,
       Uint128{chunk_bytes} * chunk_bits, Uint128{chunk_bits} * chunk_bits});
}

void RateSum::add(const RateSum& other) {
  chunks += other.chunks;
  bytes += other.bytes;
  bits += other.bits;
  stored += other.stored;
  bytes_squared += other.bytes_squared;
  bytes_by_bits += other.bytes_by_bits;
  bits_squared += other.bits_squared;
  proven += other.proven;
}

Rate rate_of(const RateSum& rate_sum, std::uint64_t header_bits) {
  assert(rate_sum.bytes > 0);
  const auto n = static_cast<double>(rate_sum.chunks);
  const auto x = static_cast<double>(rate_sum.bytes);
  const auto header = static_cast<double>(header_bits);
  const double b = static_cast<double>(rate_sum.bits) - (n - 1) * header;
  Rate rate{.value = b / 8 / x};
  if (rate_sum.chunks < 2) return rate;
  // Every chunk without its header: the one that counts is no chunk's own.
  const double bits = static_cast<double>(rate_sum.bits) - n * header;
  const double ratio = bits / x;
  const double xx = static_cast<double>(rate_sum.bytes_squared);
  const double xb = static_cast<double>(rate_sum.bytes_by_bits) - header * x;
  const double bb = static_cast<double>(rate_sum.bits_squared) -
                    2 * header * static_cast<double>(rate_sum.bits) + n * header * header;
  double squares = bb - 2 * ratio * xb + ratio * ratio * xx;
  if (squares < kRounding * bb) squares = 0;
  rate.standard_error = std::sqrt(n / (n - 1) * squares) / x / 8;
  return rate;
}

std::size_t sums_per_unit(const RunSpec& spec) {
  return spec.experiment == Experiment::kInContext ? spec.lengths.size() : 1;
}

std::size_t chunks_per_unit(const RunSpec& spec) {
  return std::max<std::size_t>(1, kUnitBytes / spec.chunk);
}

bool measures(const RunModel& model, std::size_t item, std::size_t chunk) {
  return (item + chunk) % model.every == 0;
}

bool proves(const RunSpec& spec, const RunModel& model, std::size_t item, std::size_t chunk) {
  if (spec.prove_every == 0 || !measures(model, item, chunk)) return false;
  return (item + chunk) / model.every % spec.prove_every == 0;
}

RunResults::RunResults(RunSpec spec)
    : spec_(std::move(spec)),
      chunked_(spec_.models.size() * spec_.data_sets.size()),
      whole_(chunked_.size()),
      items_(spec_.data_sets.size()) {}

void RunResults::enter(const UnitKey& key, const UnitResult& result) {
  auto& done = items_[key.data_set][key.item].done;
  done.resize(spec_.models.size());
  done[key.model].insert(key.unit);
  add_to(chunked_[place(key.model, key.data_set)], result);
}

std::string RunResults::add_unit(const UnitKey& key, const UnitResult& result) {
  enter(key, result);
  Json json = {
      {"row", key.model}, {"column", key.data_set}, {"item", key.item}, {"unit", key.unit}};
  add_result(json, result);
  return line_of(json);
}

std::string RunResults::add_whole(std::size_t model, std::size_t data_set,
                                  const UnitResult& result) {
  add_to(whole_[place(model, data_set)], result);
  Json json = {{"row", model}, {"column", data_set}, {"whole", true}};
  // Only the sizes: the squares of one large number say nothing.
  RateSum plain = result.rate_sums.front();
  plain.bytes_squared = plain.bytes_by_bits = plain.bits_squared = 0;
  add_result(json, {{plain}, result.seconds});
  return line_of(json);
}

std::string RunResults::add_item(std::size_t data_set, std::size_t item, std::size_t chunks,
                                 std::uint64_t left_out) {
  ItemState& state = items_[data_set][item];
  state.chunks = chunks;
  state.left_out = left_out;
  state.failure.reset();
  return line_of(
      {{"column", data_set}, {"item", item}, {"chunks", chunks}, {"left_out", left_out}});
}

std::string RunResults::add_failure(std::size_t data_set, std::size_t item,
                                    const RatesFailure& failure) {
  items_[data_set][item].failure = failure;
  return line_of(
      {{"column", data_set}, {"item", item}, {"failed", failure.item}, {"reason", failure.reason}});
}

RunResults::Taken RunResults::take(std::string_view line, const std::string& where) {
  try {
    return take_json(line);
  } catch (const Json::exception&) {
    // Worded below, as is an Error. Whatever else is thrown, as for want of memory, is not the
    // line's fault.
  } catch (const Error&) {
  }
  throw Error(fmt::format(
      "{}: holds a line that is no result of its run; remove the file and run again", where));
}

RunResults::Taken RunResults::take_json(std::string_view line) {
  const Json json = Json::parse(line);
  Taken taken{.data_set = index_in(json, "column", spec_.data_sets.size())};
  const std::size_t data_set = taken.data_set;
  if (json.contains("whole")) {
    const std::size_t model = index_in(json, "row", spec_.models.size());
    taken.is_new = !has_whole(model, data_set);
    if (!taken.is_new) return taken;
    add_to(whole_[place(model, data_set)], parse_result(json, 1));
    taken.model = model;
    taken.whole = true;
    return taken;
  }
  taken.item = index_in(json, "item", spec_.data_sets[data_set].items);
  ItemState& state = items_[data_set][taken.item];
  if (json.contains("unit")) {
    const UnitKey key{index_in(json, "row", spec_.models.size()), data_set, taken.item,
                      index_in(json, "unit", kMaxUnits)};
    // A result that is known already must be one all the same.
    const UnitResult result = parse_result(json, sums_per_unit(spec_));
    taken.is_new = !has_unit(key);
    if (taken.is_new) {
      enter(key, result);
      taken.model = key.model;
      taken.measured = result.rate_sums[0].chunks;
    }
  } else if (json.contains("chunks")) {
    taken.chunks = index_in(json, "chunks", kMaxUnits * chunks_per_unit(spec_));
    taken.is_new = state.chunks != taken.chunks || state.failure.has_value();
    add_item(data_set, taken.item, *taken.chunks, json.at("left_out"));
  } else if (!state.chunks) {
    taken.is_new = !state.failure;
    add_failure(data_set, taken.item, {json.at("failed"), json.at("reason")});
  }
  if (!has_only_units_of(state)) throw Error("");  // worded by take()
  return taken;
}

bool RunResults::has_only_units_of(const ItemState& state) const {
  if (!state.chunks) return true;
  const std::size_t count = unit_count(spec_, *state.chunks);
  return std::ranges::all_of(state.done, [count](const std::set<std::size_t>& units) {
    return units.empty() || *units.rbegin() < count;
  });
}

bool RunResults::has_unit(const UnitKey& key) const {
  const auto found = items_[key.data_set].find(key.item);
  if (found == items_[key.data_set].end() || found->second.done.empty()) return false;
  return found->second.done[key.model].contains(key.unit);
}

std::set<std::size_t> RunResults::units_done(std::size_t model, std::size_t data_set,
                                             std::size_t item) const {
  const auto found = items_[data_set].find(item);
  if (found == items_[data_set].end() || found->second.done.empty()) return {};
  return found->second.done[model];
}

bool RunResults::has_whole(std::size_t model, std::size_t data_set) const {
  return !whole(model, data_set).rate_sums.empty();
}

bool RunResults::is_measured(const ItemState& state, std::size_t item) const {
  if (!state.chunks) return false;
  for (std::size_t model = 0; model < spec_.models.size() && spec_.chunked; ++model) {
    for (std::size_t unit = 0; unit < unit_count(spec_, *state.chunks); ++unit) {
      const bool is_done = !state.done.empty() && state.done[model].contains(unit);
      const std::size_t first = unit * chunks_per_unit(spec_);
      const std::size_t end = std::min(first + chunks_per_unit(spec_), *state.chunks);
      for (std::size_t chunk = first; chunk < end && !is_done; ++chunk) {
        if (measures(spec_.models[model], item, chunk)) return false;
      }
    }
  }
  return true;
}

bool RunResults::has_item(std::size_t data_set, std::size_t item) const {
  const auto found = items_[data_set].find(item);
  return found != items_[data_set].end() && is_measured(found->second, item);
}

std::uint64_t RunResults::left_out(std::size_t data_set) const {
  std::uint64_t sum = 0;
  for (const auto& [item, state] : items_[data_set]) sum += state.left_out;
  return sum;
}

std::vector<RatesFailure> RunResults::failures() const {
  std::vector<RatesFailure> all;
  for (const auto& items : items_) {
    for (const auto& [item, state] : items) {
      if (state.failure) all.push_back(*state.failure);
    }
  }
  return all;
}

void RunResults::check_not_empty() const {
  const auto has_bytes = [](const Cell& cell) {
    return !cell.rate_sums.empty() && cell.rate_sums[0].bytes > 0;
  };
  for (std::size_t data_set = 0; data_set < spec_.data_sets.size(); ++data_set) {
    bool has_any = false;
    for (std::size_t model = 0; model < spec_.models.size(); ++model) {
      has_any = has_any || has_bytes(chunked(model, data_set)) || has_bytes(whole(model, data_set));
    }
    if (has_any) continue;
    throw Error(fmt::format(
        "{}: nothing in it fills a chunk of {} bytes, or could be read; take a smaller `chunk` or "
        "other data",
        spec_.data_sets[data_set].name, spec_.chunk));
  }
}

std::optional<std::string> RunResults::missing() const {
  std::size_t items = 0;
  std::size_t wholes = 0;
  for (std::size_t data_set = 0; data_set < items_.size(); ++data_set) {
    for (std::size_t item = 0; item < spec_.data_sets[data_set].items; ++item) {
      const auto found = items_[data_set].find(item);
      const bool failed = found != items_[data_set].end() && found->second.failure.has_value();
      items += failed || has_item(data_set, item) ? 0 : 1;
    }
    for (std::size_t model = 0; model < spec_.models.size() && spec_.whole; ++model) {
      wholes += spec_.models[model].every > 1 || has_whole(model, data_set) ? 0 : 1;
    }
  }
  if (items + wholes == 0) return std::nullopt;
  return fmt::format("{} files and {} whole data sets are not measured to the end", items, wholes);
}

}  // namespace zipdream
