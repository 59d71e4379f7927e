// SPDX-License-Identifier: Apache-2.0
// The completion of fish.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "apps/manual/completion_parts.h"
#include "apps/manual/completions.h"

namespace zipdream {
namespace {

std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + "'";
}

std::string fish_value(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAnything:
      return " -x";
    case Value::Kind::kWords:
      return " -x -a " + fish_quoted(joined(value.words));
    case Value::Kind::kModel:
      return " -x -a '(__zipdream_models)'";
    case Value::Kind::kFile:
      return " -r -F";
    case Value::Kind::kFolder:
      return " -x -a '(__fish_complete_directories)'";
  }
  return "";
}

std::string fish_option(const std::string& when, const OptionDescription& option) {
  std::string line = when;
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.takes_value && !option.may_stand_alone) line += fish_value(value_of(option));
  return line + " -d " + fish_quoted(in_short(option.help)) + "\n";
}

std::string fish_command(const ProgramDescription& program, const CommandDescription& command) {
  std::string text;
  for (const bool beside : {false, true}) {
    const bool has_own = command.name == "train" || command.name == "serve";
    if (beside && !has_own) continue;
    const std::string when = beside ? fmt::format("complete -c {}-{}", program.name, command.name)
                                    : fmt::format("complete -c {} -n '__zipdream_command_is {}'",
                                                  program.name, command.name);
    if (beside) text += when + " -f\n";
    for (const OptionDescription& option : options_of(program, command)) {
      if (!option.has_place) {
        text += fish_option(when, option);
        if (option.takes_many && value_of(option).kind == Value::Kind::kFile) {
          text += fmt::format("complete -c {} -n '__zipdream_in_list {} {}' -F\n", program.name,
                              command.name, option.names.back());
        }
        continue;
      }
      const Value value = value_of(option);
      if (value.kind == Value::Kind::kModel) text += when + " -a '(__zipdream_models)'\n";
      if (value.kind == Value::Kind::kFile) text += when + " -F\n";
    }
  }
  return text;
}

// What stands before a command, and the commands.
std::string fish_program(const ProgramDescription& program) {
  const std::string first = fmt::format("complete -c {} -n __zipdream_needs_command", program.name);
  std::string text = fmt::format("complete -c {} -f\n", program.name);
  text += first + " -s h -l help -d 'Print a help message'\n";
  text += first + " -l version -d 'Print the version'\n";
  for (const OptionDescription& option : program.options) text += fish_option(first, option);
  text += first + " -a help -d 'Shows the options of a command'\n";
  for (const CommandDescription& command : program.commands) {
    text += fmt::format("{} -a {} -d {}\n", first, command.name,
                        fish_quoted(in_short(command.summary)));
  }
  return text + fmt::format("complete -c {} -n '__zipdream_command_is help' -a '{}'\n",
                            program.name, joined(names_of(program.commands)));
}

constexpr std::string_view kFishFunctions = R"sh(
function __zipdream_words
    set -l words (commandline -opc)
    set -e words[1]
    string match -v -- '--memory-limit=*' $words
end

# The first word that is no option.
function __zipdream_command
    set -l words (__zipdream_words)
    if test "$words[1]" = --memory-limit
        set -e words[1 2]
    end
    string match -v -- '-*' $words | head -n 1
end

function __zipdream_needs_command
    test -z (__zipdream_command)
end

function __zipdream_command_is
    test (__zipdream_command) = $argv[1] 2>/dev/null
end

# Whether the words that are typed belong to the list of an option of the command.
function __zipdream_in_list
    __zipdream_command_is $argv[1]; or return
    set -l options (string match -- '-*' (commandline -opc))
    test "$options[-1]" = $argv[2]
end

function __zipdream_models
    set -l program (string replace -r -- '(-(train|serve))?(-mpi)?$' '' (commandline -opc)[1])
    $program list --complete (string replace -r -- '^--[^=]*=' '' (commandline -ct)) 2>/dev/null
end
)sh";

}  // namespace

std::string fish_completion(const ProgramDescription& program, const ProgramDescription& mpi) {
  std::string text = comment(program.name) + std::string(kFishFunctions) + "\n";
  for (const ProgramDescription* each : {&program, &mpi}) {
    text += fish_program(*each);
    for (const CommandDescription& command : each->commands) text += fish_command(*each, command);
  }
  return text + "complete -c zipdream-train-mpi -w zipdream-train\n";
}

}  // namespace zipdream
