// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "experiments/report/report.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

struct AsJson {
  Json operator()(std::monostate /*nothing*/) const { return {}; }
  template <typename Value>
  Json operator()(const Value& value) const {
    return value;
  }
};

}  // namespace

std::string report_json(const Report& report) {
  Json json = {{"experiment", report.experiment}, {"subject", report.subject}};
  for (const auto& [name, value] : report.origin) json["origin"][name] = value;
  json["records"] = Json::array();
  for (const auto& record : report.records) {
    Json each = Json::object();
    for (std::size_t i = 0; i < record.size(); ++i) {
      each[report.fields[i]] = std::visit(AsJson(), record[i]);
    }
    json["records"].push_back(std::move(each));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zipdream
