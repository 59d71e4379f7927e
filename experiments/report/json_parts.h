// SPDX-License-Identifier: Apache-2.0
// What several JSON documents say in the same words. `Json` is nlohmann's, whichever of its kinds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/portable_math.h"
#include "base/terminal_text.h"
#include "experiments/comparison.h"
#include "experiments/report/report.h"
#include "experiments/surprisal_trace.h"
#include "generator/sample_metrics.h"
#include "zipdream/registry.h"

namespace zipdream {

// null where there is nothing.
template <typename Json, typename Value>
[[nodiscard]] Json optional_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

template <typename Json>
void add_metrics(const SampleMetrics& metrics, Json& json) {
  json["longest_copied_run"] = metrics.longest_copied_run;
  json["copied_share"] = metrics.copied_share;
  json["repeated_share"] = metrics.repeated_share;
  json["distinct_4grams"] = optional_json<Json>(metrics.distinct_4grams);
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
void add_variant(const VariantName& variant, Json& json) {
  json["name"] = variant.name;
  json["model"] = variant.model;
  json["method"] = variant.method;
  json["probs"] = variant.probs;
  json["probs_are_of_the_method"] = variant.has_probs_of_its_own;
  json["temperature"] = variant.temperature;
  json["members"] = variant.members;
}

// The first `count` of the alternatives: [[[symbol, probability], ...], ...], a symbol of one byte
// as its number, others as text.
template <typename Json>
[[nodiscard]] Json alternatives_json(const SurprisalTrace& trace, std::size_t count) {
  Json lists = Json::array();
  for (std::size_t i = 0; i < std::min(count, trace.alternatives.size()); ++i) {
    Json list = Json::array();
    for (const Alternative& alternative : trace.alternatives[i]) {
      Json symbol = alternative.bytes.size() == 1 ? Json(alternative.bytes[0])
                                                  : Json(terminal_text(alternative.bytes, true));
      list.push_back(Json::array({std::move(symbol), portable_exp2(alternative.log2_prob)}));
    }
    lists.push_back(std::move(list));
  }
  return lists;
}

}  // namespace zipdream
