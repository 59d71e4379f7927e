// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/run_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::array<std::string_view, 3> kExperiments = {"rates", "in-context", "scaling"};

Json row_json(const RowFacts& row) {
  return {{"spec", row.spec},
          {"every", row.every},
          {"codec", row.is_codec},
          {"parameters", row.parameters},
          {"header_bits", row.header_bits}};
}

RowFacts parse_row(const Json& json) {
  return {json.at("spec"), json.at("every"), json.at("codec"), json.at("parameters"),
          json.at("header_bits")};
}

Json column_json(const ColumnFacts& column) {
  return {{"name", column.name},   {"media", media_name(column.media)},
          {"items", column.items}, {"stored_bytes", column.stored_bytes},
          {"size", column.size},   {"fingerprint", column.fingerprint},
          {"known", column.known}, {"known_by", column.known_by}};
}

ColumnFacts parse_column(const Json& json) {
  ColumnFacts column{json.at("name"),         Media::kText,       json.at("items"),
                     json.at("stored_bytes"), json.at("size"),    json.at("fingerprint"),
                     json.at("known"),        json.at("known_by")};
  for (const Media media : {Media::kImage, Media::kAudio}) {
    if (json.at("media") == media_name(media)) column.media = media;
  }
  return column;
}

RunFacts facts_of(const Json& json) {
  RunFacts facts;
  facts.version = json.at("version");
  for (std::size_t i = 0; i < kExperiments.size(); ++i) {
    if (json.at("experiment") == kExperiments[i]) facts.experiment = static_cast<Experiment>(i);
  }
  facts.chunk = json.at("chunk");
  facts.chunked = json.at("chunked");
  facts.whole = json.at("whole");
  facts.protocol = json.at("protocol") == "7bit" ? Protocol::kSevenBits : Protocol::kBytes;
  facts.headers_once = json.at("headers") == "once";
  facts.lengths = json.at("lengths").get<std::vector<std::size_t>>();
  for (const Json& row : json.at("rows")) facts.rows.push_back(parse_row(row));
  for (const Json& column : json.at("columns")) facts.columns.push_back(parse_column(column));
  for (const auto& [name, version] : json.at("libraries").items()) {
    facts.libraries.emplace_back(name, version);
  }
  return facts;
}

}  // namespace

std::string_view experiment_name(Experiment experiment) {
  return kExperiments[static_cast<std::size_t>(experiment)];
}

std::string facts_line(const RunFacts& facts) {
  Json json = {{"zipdream_record", kFormat},
               {"version", facts.version},
               {"experiment", experiment_name(facts.experiment)},
               {"chunk", facts.chunk},
               {"chunked", facts.chunked},
               {"whole", facts.whole},
               {"protocol", facts.protocol == Protocol::kSevenBits ? "7bit" : "bytes"},
               {"headers", facts.headers_once ? "once" : "always"},
               {"lengths", facts.lengths},
               {"rows", Json::array()},
               {"columns", Json::array()},
               {"libraries", Json::object()}};
  for (const RowFacts& row : facts.rows) json["rows"].push_back(row_json(row));
  for (const ColumnFacts& column : facts.columns) json["columns"].push_back(column_json(column));
  for (const auto& [name, version] : facts.libraries) json["libraries"][name] = version;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RunFacts parse_facts(std::string_view line, const std::string& where) {
  try {
    const Json json = Json::parse(line);
    if (json.at("zipdream_record") == kFormat) {
      RunFacts facts = facts_of(json);
      const auto is_never = [](const RowFacts& row) { return row.every == 0; };
      if (facts.chunk > 0 && std::ranges::none_of(facts.rows, is_never)) return facts;
    }
  } catch (const Json::exception&) {
    // Said below.
  }
  throw Error(fmt::format("{}: is no record of a run; name one that a run wrote", where));
}

}  // namespace zipdream
