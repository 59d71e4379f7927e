// SPDX-License-Identifier: Apache-2.0
// The completion of bash.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "apps/manual/completion_parts.h"
#include "apps/manual/completions.h"

namespace zipdream {
namespace {

std::string bash_value(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAnything:
      return "anything";
    case Value::Kind::kWords:
      return "'words " + joined(value.words) + "'";
    case Value::Kind::kModel:
      return "model";
    case Value::Kind::kFile:
      return "file";
    case Value::Kind::kFolder:
      return "folder";
  }
  return "";
}

// Of one command: its options, which of them take a value and which, and what stands where.
std::string bash_command(const ProgramDescription& program, const CommandDescription& command) {
  std::vector<std::string> names;
  std::string values;
  std::vector<std::string> places;
  std::string rest = "anything";
  for (const OptionDescription& option : options_of(program, command)) {
    if (option.has_place) {
      places.push_back(bash_value(value_of(option)));
      if (option.is_list) rest = places.back();
      continue;
    }
    names.insert(names.end(), option.names.begin(), option.names.end());
    if (!option.takes_value) continue;
    values += fmt::format("        {}) value={} many={} ;;\n", joined(option.names, "|"),
                          bash_value(value_of(option)), option.takes_many ? "yes" : "''");
  }
  return fmt::format(
      "    {})\n      options='{}'\n      places=({})\n      rest={}\n      case $1 in\n{}      "
      "esac "
      ";;\n",
      key_of(program, command), joined(names), joined(places), rest, values);
}

constexpr std::string_view kBashWords = R"sh(
# The words up to the cursor as the shell takes them, though readline cuts them at : and = too.
_zipdream_words() {
  local line=${COMP_LINE:0:COMP_POINT} after word i
  words=()
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    after=${line#"${line%%[![:space:]]*}"}
    word=${COMP_WORDS[i]}
    [[ ${#word} -gt ${#after} ]] && word=$after
    if [[ $i -gt 0 && $after == "$line" ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    line=${after#"$word"}
  done
}

# Offers what begins with $typed of the arguments. Readline replaces only what follows the last of its own breaks, or
# begins with it where that is an @.
_zipdream_offer() {
  local word i cut=0
  for ((i = 0; i < ${#typed}; ++i)); do
    [[ ${typed:i:1} == [\'\"] || $COMP_WORDBREAKS != *"${typed:i:1}"* ]] && continue
    [[ ${typed:i:1} == @ ]] && cut=$i || cut=$((i + 1))
  done
  for word; do
    [[ $word == "$typed"* ]] && COMPREPLY+=("${word:cut}")
  done
}

_zipdream_complete() {
  local IFS=$'\n' program=${words[0]}
  case $1 in
    words*) IFS=' '; _zipdream_offer ${1#words } ;;
    model)
      program=${program%-mpi} program=${program%-train} program=${program%-serve}
      compopt -o nospace
      _zipdream_offer $("$program" list --complete "$typed" 2>/dev/null | cut -f 1) ;;
    file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$typed")) ;;
    folder) compopt -o filenames; COMPREPLY=($(compgen -d -- "$typed")) ;;
  esac
}
)sh";

constexpr std::string_view kBashMain = R"sh(
_zipdream() {
  local words typed command='' options='' places=() rest=anything value='' many='' i place=0 expected='' first
  local kind='' named=$commands offered=$program_options
  COMPREPLY=()
  _zipdream_words
  typed=${words[-1]}
  first=1
  case ${words[0]##*/} in
    zipdream-train*) command=train ;;
    zipdream-serve) command=serve ;;
    *)
      [[ ${words[0]##*/} == zipdream-mpi ]] && kind=mpi- named=$mpi_commands offered=$mpi_options
      for ((; first < ${#words[@]} - 1; ++first)); do
        [[ ${words[first]} == --memory-limit ]] && { ((++first)); continue; }
        [[ ${words[first]} == -* ]] || { command=${words[first]}; ((++first)); break; }
      done ;;
  esac
  if [[ -z $command ]]; then
    [[ $typed == -* ]] && _zipdream_offer $offered || _zipdream_offer $named help
    return
  fi
  if [[ $command == help ]]; then
    _zipdream_offer $named
    return
  fi
  command=$kind$command
  _zipdream_options "$command" '' || return
  for ((i = first; i < ${#words[@]} - 1; ++i)); do
    if [[ ${words[i]} == -?* ]]; then
      value='' many=''
      _zipdream_options "$command" "${words[i]}"
      expected=$value
    elif [[ -n $expected ]]; then
      [[ -n $many ]] || expected=''
    else
      ((++place))
    fi
  done
  if [[ $typed == --*=* ]]; then
    value=''
    _zipdream_options "$command" "${typed%%=*}"
    expected=$value typed=${typed#*=}
  elif [[ $typed == -* && ( -z $expected || -n $many ) ]]; then
    _zipdream_offer $options
    return
  fi
  [[ -n $expected ]] || expected=${places[place]:-$rest}
  _zipdream_complete "$expected"
}
)sh";

}  // namespace

std::string bash_completion(const ProgramDescription& program, const ProgramDescription& mpi) {
  std::string commands;
  for (const ProgramDescription* each : {&program, &mpi}) {
    for (const CommandDescription& command : each->commands)
      commands += bash_command(*each, command);
  }
  const auto options_before_commands = [](const ProgramDescription& of) {
    std::vector<std::string> options = {"-h", "--help", "--version"};
    for (const OptionDescription& option : of.options) {
      options.insert(options.end(), option.names.begin(), option.names.end());
    }
    return "'" + joined(options) + "'";
  };
  std::string main(kBashMain);
  fill(main, "$program_options", options_before_commands(program));
  fill(main, "$commands", "'" + joined(names_of(program.commands)) + "'");
  fill(main, "$mpi_options", options_before_commands(mpi));
  fill(main, "$mpi_commands", "'" + joined(names_of(mpi.commands)) + "'");
  return comment(program.name) + std::string(kBashWords) +
         "\n# Sets what a command takes, and of an option, $2, its value.\n_zipdream_options() {\n"
         "  local command=$1\n  shift\n  case $command in\n" +
         commands + "    *) return 1 ;;\n  esac\n}\n" + main +
         "\ncomplete -F _zipdream zipdream zipdream-train zipdream-serve zipdream-mpi "
         "zipdream-train-mpi\n";
}

}  // namespace zipdream
