// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/run_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kUnitBytes = 32768;  // some milliseconds of a codec, some seconds of a model

// Sums of a unit's squares stay below 2^64: chunks have at most 64 MiB (experiments/rates/run.h).
Json rate_sum_json(const RateSum& rate_sum) {
  return Json::array({rate_sum.chunks, rate_sum.bytes, rate_sum.bits, rate_sum.stored,
                      static_cast<std::uint64_t>(rate_sum.bytes_squared),
                      static_cast<std::uint64_t>(rate_sum.bytes_by_bits),
                      static_cast<std::uint64_t>(rate_sum.bits_squared)});
}

UnitResult parse_result(const Json& json) {
  UnitResult result{.seconds = json.at("s")};
  for (const Json& each : json.at("sums")) {
    const auto at = [&](std::size_t i) { return each.at(i).get<std::uint64_t>(); };
    result.rate_sums.push_back({at(0), at(1), at(2), at(3), at(4), at(5), at(6)});
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
  if (index >= count) throw Error("");  // worded by the caller
  return index;
}

std::size_t unit_count(const RunFacts& facts, std::size_t chunks) {
  return (chunks + chunks_per_unit(facts) - 1) / chunks_per_unit(facts);
}

}  // namespace

std::size_t chunks_per_unit(const RunFacts& facts) {
  return std::max<std::size_t>(1, kUnitBytes / facts.chunk);
}

bool measures(const RowFacts& row, std::size_t item, std::size_t chunk) {
  return (item + chunk) % row.every == 0;
}

RunResults::RunResults(RunFacts facts)
    : facts_(std::move(facts)),
      chunked_(facts_.rows.size() * facts_.columns.size()),
      whole_(chunked_.size()),
      items_(facts_.columns.size()) {}

void RunResults::enter(const UnitKey& key, const UnitResult& result) {
  auto& done = items_[key.column][key.item].done;
  done.resize(facts_.rows.size());
  std::vector<bool>& units = done[key.row];
  if (units.size() <= key.unit) units.resize(key.unit + 1);
  units[key.unit] = true;
  add_to(chunked_[place(key.row, key.column)], result);
}

std::string RunResults::add_unit(const UnitKey& key, const UnitResult& result) {
  enter(key, result);
  Json json = {{"row", key.row}, {"column", key.column}, {"item", key.item}, {"unit", key.unit}};
  add_result(json, result);
  return line_of(json);
}

std::string RunResults::add_whole(std::size_t row, std::size_t column, const UnitResult& result) {
  add_to(whole_[place(row, column)], result);
  Json json = {{"row", row}, {"column", column}, {"whole", true}};
  // Only the sizes: the squares of one large number say nothing.
  RateSum plain = result.rate_sums.front();
  plain.bytes_squared = plain.bytes_by_bits = plain.bits_squared = 0;
  add_result(json, {{plain}, result.seconds});
  return line_of(json);
}

std::string RunResults::add_item(std::size_t column, std::size_t item, std::size_t chunks,
                                 std::uint64_t left_out) {
  ItemFacts& facts = items_[column][item];
  facts.chunks = chunks;
  facts.left_out = left_out;
  facts.failure.reset();
  return line_of({{"column", column}, {"item", item}, {"chunks", chunks}, {"left_out", left_out}});
}

std::string RunResults::add_failure(std::size_t column, std::size_t item, const Failure& failure) {
  items_[column][item].failure = failure;
  return line_of(
      {{"column", column}, {"item", item}, {"failed", failure.item}, {"reason", failure.reason}});
}

void RunResults::take(std::string_view line, const std::string& where) {
  try {
    const Json json = Json::parse(line);
    const std::size_t column = index_in(json, "column", facts_.columns.size());
    if (json.contains("whole")) {
      const std::size_t row = index_in(json, "row", facts_.rows.size());
      if (!has_whole(row, column)) add_to(whole_[place(row, column)], parse_result(json));
      return;
    }
    const std::size_t item = index_in(json, "item", facts_.columns[column].items);
    if (json.contains("unit")) {
      const UnitKey key{index_in(json, "row", facts_.rows.size()), column, item, json.at("unit")};
      if (!has_unit(key)) enter(key, parse_result(json));
    } else if (json.contains("chunks")) {
      add_item(column, item, json.at("chunks"), json.at("left_out"));
    } else if (!items_[column][item].chunks) {
      add_failure(column, item, {json.at("failed"), json.at("reason")});
    }
  } catch (const std::exception&) {
    throw Error(
        fmt::format("{}: holds a line that is no result of its run; remove the file and "
                    "run again",
                    where));
  }
}

bool RunResults::has_unit(const UnitKey& key) const {
  const auto found = items_[key.column].find(key.item);
  if (found == items_[key.column].end() || found->second.done.empty()) return false;
  const std::vector<bool>& units = found->second.done[key.row];
  return key.unit < units.size() && units[key.unit];
}

bool RunResults::has_whole(std::size_t row, std::size_t column) const {
  return !whole(row, column).rate_sums.empty();
}

bool RunResults::is_measured(const ItemFacts& facts, std::size_t item) const {
  if (!facts.chunks) return false;
  for (std::size_t row = 0; row < facts_.rows.size() && facts_.chunked; ++row) {
    for (std::size_t unit = 0; unit < unit_count(facts_, *facts.chunks); ++unit) {
      const bool is_done =
          !facts.done.empty() && unit < facts.done[row].size() && facts.done[row][unit];
      const std::size_t first = unit * chunks_per_unit(facts_);
      const std::size_t end = std::min(first + chunks_per_unit(facts_), *facts.chunks);
      for (std::size_t chunk = first; chunk < end && !is_done; ++chunk) {
        if (measures(facts_.rows[row], item, chunk)) return false;
      }
    }
  }
  return true;
}

bool RunResults::has_item(std::size_t column, std::size_t item) const {
  const auto found = items_[column].find(item);
  return found != items_[column].end() && is_measured(found->second, item);
}

std::uint64_t RunResults::left_out(std::size_t column) const {
  std::uint64_t sum = 0;
  for (const auto& [item, facts] : items_[column]) sum += facts.left_out;
  return sum;
}

std::vector<Failure> RunResults::failures() const {
  std::vector<Failure> all;
  for (const auto& items : items_) {
    for (const auto& [item, facts] : items) {
      if (facts.failure) all.push_back(*facts.failure);
    }
  }
  return all;
}

std::optional<std::string> RunResults::missing() const {
  std::size_t items = 0;
  std::size_t wholes = 0;
  for (std::size_t column = 0; column < items_.size(); ++column) {
    for (std::size_t item = 0; item < facts_.columns[column].items; ++item) {
      const auto found = items_[column].find(item);
      const bool failed = found != items_[column].end() && found->second.failure.has_value();
      items += failed || has_item(column, item) ? 0 : 1;
    }
    for (std::size_t row = 0; row < facts_.rows.size() && facts_.whole; ++row) {
      wholes += facts_.rows[row].every > 1 || has_whole(row, column) ? 0 : 1;
    }
  }
  if (items + wholes == 0) return std::nullopt;
  return fmt::format("{} files and {} whole data sets are not measured to the end", items, wholes);
}

}  // namespace zipdream
