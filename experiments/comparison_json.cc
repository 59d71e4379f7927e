// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "experiments/comparison_report.h"
#include "experiments/json_parts.h"
#include "media/terminal_text.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

void add_content(Media media, std::span<const Bytes> parts, Json& json) {
  const Bytes bytes = joined(parts);
  json["bytes"] = bytes.size();
  if (media == Media::kText) json["text"] = terminal_text(bytes);
  json["hex"] = fmt::format("{:02x}", fmt::join(bytes, ""));
}

Json trace_json(const std::optional<SurprisalTrace>& trace) {
  if (!trace) return {};
  return {{"bits", trace->total()},
          {"bits_per_byte", trace->per_byte()},
          {"bits_of_bytes", trace->bits},
          {"ranks_of_bytes", trace->ranks},
          {"bytes_of_symbols", trace->symbol_bytes},
          {"alternatives", alternatives_json<Json>(*trace, kAll)}};
}

Json sample_json(const Sample& sample, Media media) {
  Json json = {{"seed", sample.seed}};
  if (!sample.failure.empty()) {
    json["failure"] = sample.failure;
    return json;
  }
  json["seconds"] = sample.seconds;
  json["bytes_per_second"] = sample.bytes_per_second();
  add_metrics(sample.metrics, json["metrics"]);
  json["metrics"]["mean_difference"] = optional_json<Json>(sample.mean_difference);
  add_content(media, sample.continuations, json);
  json["surprisal_trace"] = trace_json(sample.trace);
  return json;
}

Json entry_json(const Entry& entry, Media media) {
  Json json;
  add_variant(entry.variant, json);
  json["reference"] = trace_json(entry.reference);
  json["samples"] = Json::array();
  for (const Sample& sample : entry.samples) json["samples"].push_back(sample_json(sample, media));
  return json;
}

}  // namespace

std::string comparison_json(const ComparisonReport& report) {
  const MediaJob& job = report.job;
  Json json = {{"media", media_name(job.media())}, {"job", job.describe()}};
  json["interrupted"] = report.comparison.interrupted;
  add_origin(report.origin, json);
  std::size_t given = 0;
  for (const Sequence& sequence : job.sequences()) given += all_prompt_bytes(sequence).size();
  json["prompt"] = {{"bytes", given}};
  if (job.media() == Media::kText) {
    json["prompt"]["text"] = terminal_text(job.sequences().front().prompt);
  }
  json["reference"] = Json();
  if (!job.reference().empty()) add_content(job.media(), job.reference(), json["reference"]);
  json["runs"] = Json::array();
  for (const Entry& entry : report.comparison.entries) {
    json["runs"].push_back(entry_json(entry, job.media()));
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace zipdream
