// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/terminal_text.h"
#include "experiments/surprisal_trace.h"

namespace zipdream {
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
