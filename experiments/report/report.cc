// SPDX-License-Identifier: Apache-2.0
// A report as Markdown, CSV and JSON; page.cc makes a page of it.
#include "experiments/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/checksum.h"
#include "base/terminal_text.h"

namespace zipdream {
namespace {

// ---- Markdown ----

// Names of models and data are anybody's.
std::string escaped(const std::string& cell) {
  std::string result;
  for (const char c : terminal_line(cell)) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string text = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = escaped(cells[i]);
    text += i == 0 ? fmt::format(" {:<{}} |", cell, widths[i])
                   : fmt::format(" {:>{}} |", cell, widths[i]);
  }
  return text + "\n";
}

std::string table_markdown(const ReportTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    // In columns of the terminal, as fmt counts them.
    std::size_t width = std::max<std::size_t>(3, terminal_columns(escaped(table.columns[i])));
    for (const auto& row : table.rows) width = std::max(width, terminal_columns(escaped(row[i])));
    widths.push_back(width);
  }
  std::string text =
      fmt::format("### {}\n\n{}|", terminal_line(table.title), line(table.columns, widths));
  for (std::size_t i = 0; i < widths.size(); ++i) {
    text += i == 0 ? std::string(widths[i] + 2, '-') : std::string(widths[i] + 1, '-') + ":";
    text += "|";
  }
  text += "\n";
  for (const auto& row : table.rows) text += line(row, widths);
  if (!table.notes.empty()) text += "\n";
  for (const std::string& note : table.notes) text += terminal_line(note) + "\n";
  return text;
}

// ---- CSV ----

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

// ---- JSON ----

using Json = nlohmann::ordered_json;

struct AsJson {
  Json operator()(std::monostate /*nothing*/) const { return {}; }
  template <typename Value>
  Json operator()(const Value& value) const {
    return value;
  }
};

}  // namespace

std::string report_markdown(const Report& report) {
  std::string text = terminal_line(report.subject) + "\n";
  for (const ReportTable& table : report.tables) text += "\n" + table_markdown(table);
  return text;
}

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

namespace {

constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@,+=%";

// Within single quotes nothing but the single quote is special.
std::string shell_word(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

FileFacts file_facts(std::string name, ByteView content) {
  return {std::move(name), content.size(), crc32_of(content)};
}

std::string hex_crc32(const FileFacts& file) { return fmt::format("{:08x}", file.crc32); }

std::string shell_command(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + shell_word(word);
  return command;
}

}  // namespace zipdream
