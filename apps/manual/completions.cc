// SPDX-License-Identifier: Apache-2.0
#include "apps/manual/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace zipdream {
namespace {

constexpr std::string_view kMpi = "zipdream-mpi";

// What may stand for a value.
struct Value {
  enum class Kind { kAnything, kWords, kModel, kFile, kFolder };
  Kind kind = Kind::kAnything;
  std::vector<std::string> words;
};

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

OptionDescription help_option() {
  return {.names = {"-h", "--help"}, .help = "Print a help message"};
}

// Those of a command, with those of all commands.
std::vector<OptionDescription> options_of(const ProgramDescription& program,
                                          const CommandDescription& command) {
  std::vector<OptionDescription> options = {help_option()};
  options.insert(options.end(), command.options.begin(), command.options.end());
  options.insert(options.end(), program.options.begin(), program.options.end());
  return options;
}

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
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

// Where the sentence may be cut, so that a list of options stays one: at the end of the first part.
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

// ---- bash ----

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

// By which the completions know a command: those of zipdream-mpi have others of the same name
// beside them.
std::string key_of(const ProgramDescription& program, const CommandDescription& command) {
  return (program.name == kMpi ? "mpi-" : "") + command.name;
}

std::vector<std::string> names_of(const std::vector<CommandDescription>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CommandDescription& command : commands) names.push_back(command.name);
  return names;
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

// ---- zsh ----

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

// ---- fish ----

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
  const auto fill = [&main](std::string_view what, const std::string& with) {
    main.replace(main.find(what), what.size(), with);
  };
  fill("$program_options", options_before_commands(program));
  fill("$commands", "'" + joined(names_of(program.commands)) + "'");
  fill("$mpi_options", options_before_commands(mpi));
  fill("$mpi_commands", "'" + joined(names_of(mpi.commands)) + "'");
  return comment(program.name) + std::string(kBashWords) +
         "\n# Sets what a command takes, and of an option, $2, its value.\n_zipdream_options() {\n"
         "  local command=$1\n  shift\n  case $command in\n" +
         commands + "    *) return 1 ;;\n  esac\n}\n" + main +
         "\ncomplete -F _zipdream zipdream zipdream-train zipdream-serve zipdream-mpi "
         "zipdream-train-mpi\n";
}

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
  const auto fill = [&main](std::string_view what, const std::string& with) {
    main.replace(main.find(what), what.size(), with);
  };
  fill("$program_commands", zsh_names_and_summaries(program));
  fill("$mpi_commands", zsh_names_and_summaries(mpi));
  std::string options;
  std::size_t place = 0;
  for (const OptionDescription& option : program.options)
    options += " " + zsh_option(option, place);
  fill("$program_options", options);
  return text + "  esac\n}\n" + main;
}

std::string fish_completion(const ProgramDescription& program, const ProgramDescription& mpi) {
  std::string text = comment(program.name) + std::string(kFishFunctions) + "\n";
  for (const ProgramDescription* each : {&program, &mpi}) {
    text += fish_program(*each);
    for (const CommandDescription& command : each->commands) text += fish_command(*each, command);
  }
  return text + "complete -c zipdream-train-mpi -w zipdream-train\n";
}

}  // namespace zipdream
