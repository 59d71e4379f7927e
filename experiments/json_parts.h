// SPDX-License-Identifier: Apache-2.0
// What several JSON documents say in the same words. `Json` is nlohmann's, whichever of its kinds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/portable_math.h"
#include "codecs/versions.h"
#include "experiments/comparison.h"
#include "experiments/foresight.h"
#include "experiments/origin.h"
#include "generator/meters.h"
#include "media/terminal_text.h"

namespace zipdream {

// null where there is nothing.
template <typename Json, typename Value>
[[nodiscard]] Json optional_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

template <typename Json>
void add_meters(const Meters& meters, Json& json) {
  json["longest_copied_run"] = meters.longest_copied_run;
  json["copied_share"] = meters.copied_share;
  json["repeated_share"] = meters.repeated_share;
  json["distinct_4grams"] = optional_json<Json>(meters.distinct_4grams);
}

template <typename Json>
[[nodiscard]] Json file_facts_json(const FileFacts& file) {
  return {{"name", file.name}, {"bytes", file.bytes}, {"crc32", hex_crc32(file)}};
}

template <typename Json>
void add_origin(const Origin& origin, Json& json) {
  json["version"] = origin.version;
  json["command"] = origin.command;
  json["input"] = file_facts_json<Json>(origin.input);
  json["corpus"] = origin.corpus ? file_facts_json<Json>(*origin.corpus) : Json();
  Json libraries = Json::object();
  for (const auto& [library, version] : library_versions()) libraries[library] = version;
  json["libraries"] = std::move(libraries);
}

template <typename Json>
void add_contestant(const ContestantName& contestant, Json& json) {
  json["name"] = contestant.name;
  json["model"] = contestant.model;
  json["method"] = contestant.method;
  json["law"] = contestant.law;
  json["law_is_of_the_method"] = contestant.has_law_of_its_own;
  json["temperature"] = contestant.temperature;
}

// The first `count` of the alternatives: [[[symbol, probability], ...], ...], a symbol of one byte
// as its number, others as text.
template <typename Json>
[[nodiscard]] Json alternatives_json(const Foresight& foresight, std::size_t count) {
  Json lists = Json::array();
  for (std::size_t i = 0; i < std::min(count, foresight.alternatives.size()); ++i) {
    Json list = Json::array();
    for (const Alternative& alternative : foresight.alternatives[i]) {
      Json symbol = alternative.bytes.size() == 1 ? Json(alternative.bytes[0])
                                                  : Json(terminal_text(alternative.bytes, true));
      list.push_back(Json::array({std::move(symbol), portable_exp2(alternative.log2_prob)}));
    }
    lists.push_back(std::move(list));
  }
  return lists;
}

}  // namespace zipdream
