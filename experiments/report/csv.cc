// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "experiments/report/report.h"

namespace zipdream {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + '"';
}

struct AsText {
  std::string operator()(std::monostate /*nothing*/) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
};

}  // namespace

std::string report_csv(const Report& report) {
  std::string text;
  for (const std::string& field : report.fields) text += (text.empty() ? "" : ",") + quoted(field);
  text += "\r\n";
  for (const auto& record : report.records) {
    std::string line;
    for (std::size_t i = 0; i < record.size(); ++i) {
      line += (i == 0 ? "" : ",") + std::visit(AsText(), record[i]);
    }
    text += line + "\r\n";
  }
  return text;
}

}  // namespace zipdream
