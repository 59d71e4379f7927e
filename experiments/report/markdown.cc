// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "experiments/report/report.h"

namespace zipdream {
namespace {

std::string escaped(const std::string& cell) {
  std::string result;
  for (const char c : cell) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
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
    // fmt counts columns of the terminal, as a reader does.
    std::size_t width = std::max<std::size_t>(3, fmt::formatted_size("{}", table.columns[i]));
    for (const auto& row : table.rows) width = std::max(width, escaped(row[i]).size());
    widths.push_back(width);
  }
  std::string text = fmt::format("### {}\n\n{}|", table.title, line(table.columns, widths));
  for (std::size_t i = 0; i < widths.size(); ++i) {
    text += i == 0 ? std::string(widths[i] + 2, '-') : std::string(widths[i] + 1, '-') + ":";
    text += "|";
  }
  text += "\n";
  for (const auto& row : table.rows) text += line(row, widths);
  if (!table.notes.empty()) text += "\n";
  for (const std::string& note : table.notes) text += note + "\n";
  return text;
}

}  // namespace

std::string report_markdown(const Report& report) {
  std::string text = report.subject + "\n";
  for (const ReportTable& table : report.tables) text += "\n" + table_markdown(table);
  return text;
}

}  // namespace zipdream
