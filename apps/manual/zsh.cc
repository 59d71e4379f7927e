// SPDX-License-Identifier: Apache-2.0
// The completion of zsh.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "apps/manual/completion_parts.h"
#include "apps/manual/completions.h"

namespace zipdream {
namespace {

// Within single quotes of a specification of _arguments.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return replaced(result, '\'', "'\\''");
}

std::string zsh_action(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAnything:
      return " ";
    case Value::Kind::kWords:
      return "(" + joined(value.words) + ")";
    case Value::Kind::kModel:
      return "_zipdream_models";
    case Value::Kind::kFile:
      return "_files";
    case Value::Kind::kFolder:
      return "_files -/";
  }
  return "";
}

std::string zsh_names(const OptionDescription& option) {
  const bool repeats = option.is_list;
  std::vector<std::string> apart = option.excluded;
  if (!repeats) apart.insert(apart.end(), option.names.begin(), option.names.end());
  std::string specification = apart.empty() ? "" : "(" + joined(apart) + ")";
  if (repeats) specification += "*";
  std::vector<std::string> names = option.names;
  for (std::string& name : names) {
    const bool may_be_joined = option.takes_value && !option.may_stand_alone && !option.takes_many;
    if (may_be_joined) name += name.starts_with("--") ? "=" : "+";
  }
  specification = "'" + specification + "'";
  return specification + (names.size() == 1 ? names[0] : "{" + joined(names, ",") + "}");
}

std::string zsh_option(const OptionDescription& option, std::size_t& place) {
  const Value value = value_of(option);
  const std::string type = option.has_place ? option.names[0] : option.type;
  if (option.has_place) {
    const std::string where = option.is_list ? "*" : std::to_string(++place);
    return fmt::format("'{}:{}:{}'", where, zsh_text(type), zsh_action(value));
  }
  std::string text = zsh_names(option) + "'[" + zsh_text(in_short(option.help)) + "]";
  if (option.takes_value) {
    const char* const before = option.takes_many ? ":*-*:" : option.may_stand_alone ? "::" : ":";
    text += fmt::format("{}{}:{}", before, zsh_text(type), zsh_action(value));
  }
  return text + "'";
}

std::string zsh_command(const ProgramDescription& program, const CommandDescription& command) {
  std::string text = fmt::format("    {})\n      _arguments -s -S", key_of(program, command));
  std::size_t place = 0;
  for (const OptionDescription& option : options_of(program, command)) {
    text += " \\\n        " + zsh_option(option, place);
  }
  return text + " ;;\n";
}

constexpr std::string_view kZshModels = R"sh(
_zipdream_models() {
  local -a lines texts shown
  local typed=$PREFIX tab=$'\t'
  lines=(${(f)"$($zipdream_program list --complete "$typed" 2>/dev/null)"})
  texts=("${(@)lines%%$tab*}")
  shown=("${(@)lines/$tab/  -- }")
  compadd -S '' -d shown -a texts
}
)sh";

constexpr std::string_view kZshMain = R"sh(
_zipdream() {
  local program=${words[1]##*/} zipdream_program=${${words[1]%-mpi}%-(train|serve)}
  case $program in
    zipdream-train*) _zipdream_command train; return ;;
    zipdream-serve) _zipdream_command serve; return ;;
  esac
  local curcontext=$curcontext state line kind
  local -a commands options
  if [[ $program == zipdream-mpi ]]; then
    kind=mpi-
    commands=($mpi_commands)
  else
    commands=($program_commands)
    options=($program_options)
  fi
  commands+=('help:Shows the options of a command.')
  _arguments -C '(- *)'{-h,--help}'[Print a help message]' '(- *)--version[Print the version]' $options \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument) _zipdream_command $kind$words[1] ;;
  esac
}

_zipdream "$@"
)sh";

// Elements of an array, each a command with what it does.
std::string zsh_names_and_summaries(const ProgramDescription& program) {
  std::string text;
  for (const CommandDescription& command : program.commands) {
    text += fmt::format("\n      '{}:{}'", command.name, zsh_text(in_short(command.summary)));
  }
  return text;
}

}  // namespace

std::string zsh_completion(const ProgramDescription& program, const ProgramDescription& mpi) {
  std::string text =
      "#compdef zipdream zipdream-train zipdream-serve zipdream-mpi zipdream-train-mpi\n";
  text +=
      comment(program.name) + std::string(kZshModels) + "\n_zipdream_command() {\n  case $1 in\n";
  for (const ProgramDescription* each : {&program, &mpi}) {
    for (const CommandDescription& command : each->commands) text += zsh_command(*each, command);
    text += fmt::format("    {}help) _arguments '1:command:({})' ;;\n", each == &mpi ? "mpi-" : "",
                        joined(names_of(each->commands)));
  }
  std::string main(kZshMain);
  fill(main, "$program_commands", zsh_names_and_summaries(program));
  fill(main, "$mpi_commands", zsh_names_and_summaries(mpi));
  std::string options;
  std::size_t place = 0;
  for (const OptionDescription& option : program.options)
    options += " " + zsh_option(option, place);
  fill(main, "$program_options", options);
  return text + "  esac\n}\n" + main;
}

}  // namespace zipdream
