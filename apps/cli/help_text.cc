// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/help_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/terminal_text.h"

namespace zipdream {
namespace {

constexpr std::size_t kHelpColumns = 80;

// Where lines that go on begin: under what is said of an option, else under the line's own start.
std::size_t indent_of(std::string_view line) {
  const std::size_t own = std::min(line.find_first_not_of(' '), line.size());
  const bool is_option =
      own == kHelpIndent || (own == 2 && line.size() > kHelpIndent && line[kHelpIndent - 1] == ' ');
  return is_option ? kHelpIndent : own;
}

// The line in as many as it takes, cut at spaces.
std::string wrapped(std::string_view line) {
  const std::size_t indent = indent_of(line);
  const std::size_t fits = first_columns(line, kHelpColumns + 1).size();
  const std::size_t cut = line.substr(0, fits).rfind(' ');
  const bool is_one_word = cut == line.npos || cut <= indent;
  if (terminal_columns(line) <= kHelpColumns || is_one_word) return std::string(line);
  return fmt::format("{}\n{}", line.substr(0, cut),
                     wrapped(std::string(indent, ' ') + std::string(line.substr(cut + 1))));
}

// Where to cut a line of a shell before `end`: the last space between two words, before an option
// or a pipe if there is one; 0 if there is none.
std::size_t last_gap(std::string_view line, std::size_t end) {
  std::size_t gap = 0;
  std::size_t gap_of_option = 0;
  char quote = '\0';
  for (std::size_t i = line.find_first_not_of(' '); i < end; ++i) {
    const char c = line[i];
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
    if (c != ' ' || quote != '\0') continue;
    gap = i;
    if (line[i + 1] == '-' || line[i + 1] == '|') gap_of_option = i;
  }
  return gap_of_option > 0 ? gap_of_option : gap;
}

std::string wrapped_example(std::string_view line) {
  constexpr std::string_view kGoesOn = " \\\n    ";
  if (line.size() <= kHelpColumns) return std::string(line);
  const std::size_t gap = last_gap(line, kHelpColumns - 1);
  if (gap == 0) return std::string(line);
  return fmt::format("{}{}{}", line.substr(0, gap), kGoesOn,
                     wrapped_example(std::string(line.substr(gap + 1))));
}

template <typename Wrap>
std::string each_line(std::string_view text, Wrap wrap) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += wrap(text.substr(0, end));
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace

std::string joined_lines(std::string_view text) {
  constexpr std::string_view kCut = " \\\n";
  std::string result;
  for (std::size_t at = text.find(kCut); at != text.npos; at = text.find(kCut)) {
    result += text.substr(0, at);
    text.remove_prefix(at + kCut.size());
    text.remove_prefix(text.find_first_not_of(' ') - 1);
  }
  return result.append(text);
}

std::string wrapped_help(std::string_view text) { return each_line(text, wrapped); }

std::string wrapped_examples(std::string_view lines) { return each_line(lines, wrapped_example); }

}  // namespace zipdream
