// SPDX-License-Identifier: Apache-2.0
#include "apps/manual/completion_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace zipdream {
namespace {

// Of a type such as "T|auto", where capitals stand for something else: "auto".
std::vector<std::string> words_in(const std::string& type) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < type.size();) {
    const std::size_t end = std::min(type.find('|', begin), type.size());
    const std::string word = type.substr(begin, end - begin);
    const auto is_lower = [](unsigned char c) { return std::islower(c) != 0; };
    if (type.find('|') != type.npos && std::ranges::all_of(word, is_lower)) words.push_back(word);
    begin = end + 1;
  }
  return words;
}

OptionDescription help_option() {
  return {.names = {"-h", "--help"}, .help = "Print a help message"};
}

}  // namespace

Value value_of(const OptionDescription& option) {
  if (!option.takes_value) return {};
  if (!option.choices.empty()) return {Value::Kind::kWords, option.choices};
  const std::string& what = option.has_place ? option.names[0] : option.type;
  if (what == "MODEL") return {Value::Kind::kModel, {}};
  if (what == "FILE" || what == "PATH...") return {Value::Kind::kFile, {}};
  if (option.has_place && what == "TEXT") return {Value::Kind::kFile, {}};  // texts in files
  if (what == "DIR") return {Value::Kind::kFolder, {}};
  if (std::vector<std::string> words = words_in(what); !words.empty()) {
    return {Value::Kind::kWords, std::move(words)};
  }
  return {};
}

std::vector<OptionDescription> options_of(const ProgramDescription& program,
                                          const CommandDescription& command) {
  std::vector<OptionDescription> options = {help_option()};
  options.insert(options.end(), command.options.begin(), command.options.end());
  options.insert(options.end(), program.options.begin(), program.options.end());
  return options;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string replaced(std::string_view text, char what, std::string_view with) {
  std::string result;
  for (const char c : text) {
    if (c == what) {
      result += with;
    } else {
      result += c;
    }
  }
  return result;
}

std::string in_short(std::string_view help) {
  constexpr std::size_t kLeast = 12;  // "beam: plan N bytes ahead" is no part "beam"
  const std::size_t end = std::min({help.find("; "), help.find(". "), help.find(" [")});
  return std::string(end == help.npos || end < kLeast ? help : help.substr(0, end));
}

std::string comment(std::string_view program) {
  return fmt::format(
      "# SPDX-License-Identifier: Apache-2.0\n"
      "# Made by the build from the tables of the command line of {}.\n",
      program);
}

std::string key_of(const ProgramDescription& program, const CommandDescription& command) {
  return (program.name == "zipdream-mpi" ? "mpi-" : "") + command.name;
}

std::vector<std::string> names_of(const std::vector<CommandDescription>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CommandDescription& command : commands) names.push_back(command.name);
  return names;
}

void fill(std::string& text, std::string_view what, const std::string& with) {
  text.replace(text.find(what), what.size(), with);
}

}  // namespace zipdream
