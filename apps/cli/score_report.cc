// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/score_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <utility>

#include "base/terminal_text.h"
#include "experiments/surprisal_trace.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr std::size_t kChoiceCells = 48;
constexpr std::size_t kNameCells = 15;

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The beginning of a text in quotes.
std::string quoted(ByteView bytes, std::size_t max_bytes) {
  const bool whole = bytes.size() <= max_bytes;
  return fmt::format("'{}'{}", terminal_text(bytes.first(whole ? bytes.size() : max_bytes), true),
                     whole ? "" : "...");
}

std::string context_phrase(const ScoreReport& report) {
  return fmt::format("{} after {} bytes, by {}", terminal_line(report.model),
                     report.corpus_bytes + report.context_bytes, report.probs);
}

Json head_json(const ScoreReport& report) {
  return {{"model", report.model},
          {"probs", report.probs},
          {"media", report.media},
          {"corpus_bytes", report.corpus_bytes},
          {"context_bytes", report.context_bytes}};
}

double mean(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of a mixture, how much each member counted.
void add_members(const ScoreReport& report, const Scored& scored, bool each_byte, Json& json) {
  if (scored.weights.size() != report.members.size() || report.members.empty()) return;
  json["members"] = Json::array();
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    Json row = {{"model", report.members[i]}, {"mean_weight", mean(scored.weights[i])}};
    if (each_byte) row["weights"] = scored.weights[i];
    json["members"].push_back(row);
  }
}

void add_scored_json(const ScoreReport& report, const Scored& scored, bool each_byte, Json& json) {
  const auto count = static_cast<double>(scored.bytes.size());
  json["bytes"] = scored.bytes.size();
  json["bits"] = scored.total();
  json["bits_per_byte"] = scored.per_byte();
  json["own_bits"] = scored.added ? Json(*scored.added) : Json();
  json["own_bits_per_byte"] = scored.added ? Json(*scored.added / count) : Json();
  if (each_byte) json["bits_of_bytes"] = scored.bits;
  add_members(report, scored, each_byte, json);
}

std::string stretch_rows(const std::string& title, const std::vector<Stretch>& stretches,
                         ByteView bytes) {
  if (stretches.empty()) return "";
  std::string rows = fmt::format("\n{:<20}{:>12}{:>16}\n", title, "at byte", "bits per byte");
  for (const Stretch& stretch : stretches) {
    rows += fmt::format("{:<20}{:>12}{:>16.2f}  {}\n", "", stretch.begin, stretch.per_byte,
                        quoted(bytes.subspan(stretch.begin, stretch.size), stretch.size));
  }
  return rows;
}

// ---- proofs ----

double per_byte(double bits, const ScoreReport& report) {
  return bits / static_cast<double>(report.scored.front().bytes.size());
}

std::uint64_t total_bytes(const ProofReport& report) {
  return report.proof.bytes_written + report.program_bytes + report.model_bytes;
}

// "25,488"
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

// The columns of the Large Text Compression Benchmark, whose sum the Hutter prize is given for.
constexpr const char* kBenchmarkRow = "{:<16}{:<20} {:>15} {:>17} {:>15} {:>8} {:>8}";

std::string benchmark_heading(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string().substr(0, kNameCells);
  return fmt::format(kBenchmarkRow, "Program", "Options", terminal_text(as_bytes(name), true),
                     "Decompresser", "Total", "ns/byte", "decomp.");
}

std::string benchmark_line(const ScoreReport& report) {
  const ProofReport& proof = *report.proof;
  const auto count = static_cast<double>(report.scored.front().bytes.size());
  const auto nanoseconds = [&](double seconds) {
    return fmt::format("{:.0f}", 1e9 * seconds / count);
  };
  return fmt::format(kBenchmarkRow, fmt::format("zipdream {}", version()),
                     terminal_line(report.model), grouped(proof.proof.bytes_written),
                     grouped(proof.program_bytes + proof.model_bytes) + " x",
                     grouped(total_bytes(proof)), nanoseconds(proof.proof.coding_seconds),
                     nanoseconds(proof.proof.decoding_seconds));
}

Json proof_json(const ScoreReport& report) {
  const ProofReport& proof = *report.proof;
  const auto written = static_cast<double>(8 * proof.proof.bytes_written);
  return {
      {"symbols", proof.proof.symbols},
      {"bits_scored", proof.proof.bits_scored},
      {"bits_written", 8 * proof.proof.bytes_written},
      {"code_bits", proof.proof.code_bits},
      {"excess", written / proof.proof.bits_scored - 1},
      {"sum_deviation", proof.proof.sum_deviation},
      {"bytes_written", proof.proof.bytes_written},
      {"program_bytes", proof.program_bytes},
      {"model_bytes", proof.model_bytes},
      {"total_bytes", total_bytes(proof)},
      {"bits_per_byte", per_byte(written, report)},
      {"bits_per_byte_with_model", per_byte(8.0 * static_cast<double>(total_bytes(proof)), report)},
      {"coding_seconds", proof.proof.coding_seconds},
      {"decoding_seconds", proof.proof.decoding_seconds},
      {"benchmark_line", benchmark_line(report)}};
}

}  // namespace

namespace {

std::string members_rows(const ScoreReport& report) {
  const WeightTrace& weights = report.scored.front().weights;
  if (weights.size() != report.members.size() || weights.empty()) return "";
  std::string rows = fmt::format("\n{:<20}{:>12}\n", "members", "mean weight");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    rows += fmt::format("{:<20}{:>12.3f}\n", terminal_line(report.members[i]), mean(weights[i]));
  }
  return rows;
}

}  // namespace

std::string summary_table(const ScoreReport& report) {
  const Scored& scored = report.scored.front();
  const auto count = static_cast<double>(scored.bytes.size());
  std::string table =
      fmt::format("{}: {} bytes of {}\n\n{:<20}{:>12}{:>16}\n", context_phrase(report),
                  scored.bytes.size(), terminal_line(report.file), "", "bits", "bits per byte");
  const auto row = [&](const char* name, double bits) {
    table += fmt::format("{:<20}{:>12.1f}{:>16.3f}\n", name, bits, bits / count);
  };
  row("the model", scored.total());
  if (scored.added) row("the codec's stream", *scored.added);
  return table + members_rows(report);
}

std::string stretches_table(const ScoreReport& report) {
  const Scored& scored = report.scored.front();
  const Stretches stretches = find_stretches(scored.bits);
  return stretch_rows("most surprising", stretches.most, scored.bytes) +
         stretch_rows("least surprising", stretches.least, scored.bytes);
}

std::string proof_table(const ScoreReport& report) {
  const ProofReport& proof = *report.proof;
  const auto row = [&](const char* name, const std::string& bits, const std::string& bytes,
                       const std::string& bits_per_byte) {
    std::string line = fmt::format("{:<20}{:>12}{:>16}{:>16}", name, bits, bytes, bits_per_byte);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  const auto of = [&](double bits) { return fmt::format("{:.3f}", per_byte(bits, report)); };
  const std::uint64_t written = proof.proof.bytes_written;
  std::string table = "\n" + row("proof", "bits", "bytes", "bits per byte");
  table += row("scored", fmt::format("{:.1f}", proof.proof.bits_scored), "",
               of(proof.proof.bits_scored));
  table += row("written and read", fmt::format("{}", 8 * written), fmt::format("{}", written),
               of(8.0 * static_cast<double>(written)));
  table += row("the program", "", fmt::format("{}", proof.program_bytes), "");
  if (proof.model_bytes > 0) {
    table += row("the model's files", "", fmt::format("{}", proof.model_bytes), "");
  }
  const std::uint64_t total = total_bytes(proof);
  table += row("all together", fmt::format("{}", 8 * total), fmt::format("{}", total),
               of(8.0 * static_cast<double>(total)));
  table += fmt::format(
      "\n{} distributions summed to 1 within {:.1e} before their symbols were read; what was read "
      "is the text.\n\n",
      proof.proof.symbols, proof.proof.sum_deviation);
  return table + benchmark_heading(report.file) + "\n" + benchmark_line(report) + "\n";
}

std::string choices_table(const ScoreReport& report) {
  const Winners winners = find_winners(report.scored);
  std::vector<std::size_t> order(report.scored.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return report.scored[i].total(); });
  std::string table =
      fmt::format("{}: {} choices, * the best\n\n", context_phrase(report), report.scored.size());
  table += fmt::format("{:>10}  {:>15} {:>7}{:>14}   {}\n", "bits", "bits per byte", "bytes",
                       "stream's bits", "choice");
  for (const std::size_t i : order) {
    const Scored& choice = report.scored[i];
    const std::string added = choice.added ? fmt::format("{:.1f}", *choice.added) : "-";
    table += fmt::format("{:>10.2f}{} {:>15.3f}{} {:>7}{:>14}   {}\n", choice.total(),
                         i == winners.by_bits ? '*' : ' ', choice.per_byte(),
                         i == winners.by_bits_per_byte ? '*' : ' ', choice.bytes.size(), added,
                         quoted(choice.bytes, kChoiceCells));
  }
  return table;
}

std::string file_json(const ScoreReport& report, bool each_byte) {
  Json json = head_json(report);
  json["file"] = report.file;
  json["interrupted"] = report.unscored_bytes > 0;
  add_scored_json(report, report.scored.front(), each_byte, json);
  if (report.proof) json["proof"] = proof_json(report);
  if (report.sources) json["sources"] = sources_json(*report.sources, each_byte);
  return dump(json);
}

std::string choices_json(const ScoreReport& report, bool each_byte) {
  Json json = head_json(report);
  const Winners winners = find_winners(report.scored);
  json["best_by_bits"] = winners.by_bits;
  json["best_by_bits_per_byte"] = winners.by_bits_per_byte;
  json["choices"] = Json::array();
  for (const Scored& choice : report.scored) {
    Json row = {{"choice", terminal_text(choice.bytes)}};
    add_scored_json(report, choice, each_byte, row);
    json["choices"].push_back(row);
  }
  return dump(json);
}

namespace {

constexpr std::array<const char*, kHeatLevels> kNames = {"<0.5", "<1",  "<2", "<4",
                                                         "<8",   "<12", "12+"};
// Backgrounds of levels 1 to 6 in the palette of 256 colours. Black on any of them has a contrast
// of 5 to 1 or more.
constexpr std::array<int, kHeatLevels> kBackgrounds = {0, 109, 143, 179, 208, 196, 201};
constexpr const char* kPlain = "\x1b[0m";
constexpr std::size_t kWidth = 80;

// In well-formed UTF-8.
bool begins_character(char c) { return (static_cast<Byte>(c) & 0xc0) != 0x80; }

// What appears on the screen as a unit: a character, or bytes that are none.
struct Cell {
  std::string shown;  // never a newline or a tab
  std::size_t width = 1;
  std::size_t level = 0;
  bool ends_line = false;
};

std::vector<Cell> make_cells(ByteView bytes, const std::vector<double>& bits) {
  std::vector<Cell> cells;
  auto next = bits.begin();
  for (TextCell& cell : text_cells(bytes)) {
    const auto end = next + static_cast<std::ptrdiff_t>(cell.bytes);
    const double sum = std::accumulate(next, end, 0.0);
    next = end;
    std::string shown = cell.shown == "\n" ? "↵" : cell.shown == "\t" ? " " : cell.shown;
    const auto width = static_cast<std::size_t>(std::ranges::count_if(shown, begins_character));
    cells.push_back({std::move(shown), width, heat_level(sum), cell.shown == "\n"});
  }
  return cells;
}

std::string painted(std::string_view text, std::size_t level) {
  if (level == 0) return std::string(text);
  return fmt::format("\x1b[38;5;16;48;5;{}m{}{}", kBackgrounds[level], text, kPlain);
}

std::string in_color(const std::vector<Cell>& cells) {
  std::string map;
  std::string run;  // of one level
  std::size_t level = 0;
  const auto flush = [&] {
    if (!run.empty()) map += painted(run, level);
    run.clear();
  };
  for (const Cell& cell : cells) {
    if (cell.level != level) flush();
    level = cell.level;
    run += cell.shown;
    if (!cell.ends_line) continue;
    flush();
    map += "\n";
  }
  flush();
  return map + (cells.empty() || cells.back().ends_line ? "" : "\n");
}

std::string in_digits(const std::vector<Cell>& cells) {
  std::string map;
  std::string line;
  std::string digits;
  const auto flush = [&] {
    if (line.empty()) return;
    digits.resize(digits.find_last_not_of(' ') + 1);
    map += fmt::format("{}\n{}\n", line, digits);
    line.clear();
    digits.clear();
  };
  for (const Cell& cell : cells) {
    if (digits.size() + cell.width > kWidth) flush();
    line += cell.shown;
    digits += std::string(cell.width, cell.level == 0 ? ' ' : static_cast<char>('0' + cell.level));
    if (cell.ends_line) flush();
  }
  flush();
  return map;
}

std::string legend(bool color) {
  std::string line = "\nbits:";
  for (std::size_t level = 0; level < kNames.size(); ++level) {
    const std::string name = color        ? fmt::format(" {} ", kNames[level])
                             : level == 0 ? fmt::format("blank {}", kNames[level])
                                          : fmt::format("{} {}", level, kNames[level]);
    line += color ? " " + painted(name, level) : "  " + name;
  }
  return line + "\n";
}

}  // namespace

std::string heat_map(ByteView bytes, const std::vector<double>& bits, bool color) {
  assert(bits.size() == bytes.size());
  const std::vector<Cell> cells = make_cells(bytes, bits);
  return (color ? in_color(cells) : in_digits(cells)) + legend(color);
}

}  // namespace zipdream
