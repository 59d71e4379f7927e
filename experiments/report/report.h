// SPDX-License-Identifier: Apache-2.0
// The result of an experiment, ready to be shown: tables and charts to be read, records for
// programs. Data alone; the functions below show it, each in its own file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

struct ReportTable {
  std::string title;
  std::vector<std::string> columns;            // the first is text, the others are figures
  std::vector<std::vector<std::string>> rows;  // as many cells each
  std::vector<std::string> notes;              // below it
};

struct ReportPoint {
  double x = 0;
  double y = 0;
  std::optional<double> error;  // the band: y - error to y + error
};
struct ReportSeries {
  std::string name;
  std::vector<ReportPoint> points;  // x rising
};
struct ReportChart {
  enum class Kind { kLines, kBars };  // of bars x is a place among the labels
  std::string title;
  Kind kind = Kind::kLines;
  std::string x_title;
  std::string y_title;
  bool x_is_logarithmic = false;
  std::vector<std::string> labels;  // of bars
  std::vector<ReportSeries> series;
  std::string note;
};

// A value of a record; nothing where there is none.
using ReportValue = std::variant<std::monostate, bool, std::uint64_t, double, std::string>;

struct Report {
  std::string experiment;  // "rates"
  std::string subject;     // what was measured, in one line
  std::vector<ReportTable> tables;
  std::vector<ReportChart> charts;
  std::vector<std::string> fields;                          // of the records
  std::vector<std::vector<ReportValue>> records;            // a value for each field
  std::vector<std::pair<std::string, std::string>> origin;  // "version", "0.1.0"; ...
};

// Tables alone, aligned, so that they read well as they are.
[[nodiscard]] std::string report_markdown(const Report& report);

// The records: a line of fields, then a line for each (RFC 4180).
[[nodiscard]] std::string report_csv(const Report& report);

// The records and the origin.
[[nodiscard]] std::string report_json(const Report& report);

// Tables and charts, as a page that needs nothing but a browser.
[[nodiscard]] std::string report_page(const Report& report);

// What it takes to do an experiment again: the command, the program and the files, by their
// checksums.

struct FileFacts {
  std::string name;  // a path, "standard input", or "-p"
  std::size_t bytes = 0;
  std::uint32_t crc32 = 0;  // that of gzip and of Python's zlib.crc32
};
[[nodiscard]] FileFacts file_facts(std::string name, ByteView content);

// The CRC-32 as eight digits.
[[nodiscard]] std::string hex_crc32(const FileFacts& file);

struct Origin {
  std::string version;  // of zipdream
  std::string command;  // as it can be typed into a shell, with the seed
  FileFacts input;
  std::optional<FileFacts> corpus;
};

// The words as they are typed into a POSIX shell: quoted where they need it.
[[nodiscard]] std::string shell_command(const std::vector<std::string>& words);

}  // namespace zipdream
