// SPDX-License-Identifier: Apache-2.0
// The command line: which command it names, and what the options of that command say. Every command
// declares its options on an Arguments; what is wrong with a command line is told in one line that
// says which option it is, and what would do.
//
// CLI11 splits the words and writes the help. It takes ten seconds to compile, so that no other
// file than arguments.cc includes it; values are read there too, so that all errors are ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "apps/cli/description.h"

namespace zipdream {

struct OptionState;

// Where the value of an option goes. It keeps what it holds, the default, where the option is not
// given, and outlives the command line. What is given replaces all that a vector holds.
using Target =
    std::variant<std::string*, std::optional<std::string>*, std::vector<std::string>*, int*,
                 double*, std::size_t*, std::optional<std::size_t>*, std::vector<std::size_t>*>;

// An option of an Arguments, to say more about it: each member returns the option itself. A handle
// that is free to copy; it is valid while the command line lives.
class Option {
 public:
  explicit Option(OptionState& state) : state_(&state) {}

  // What stands for the value in help and errors: "N", "FILE", "bits|bytes".
  Option type(const std::string& name) const;
  // The heading it stands under in the help.
  Option group(const std::string& heading) const;
  // A value for the error that finds none; where nobody says one, the default or the least one.
  Option example(const std::string& value) const;
  Option required() const;

  // The help shows the default: what the target holds now, or `text`.
  Option shows_default() const;
  Option shows_default(const std::string& text) const;

  // Of whole numbers: from `low` to `high`.
  Option range(std::uint64_t low, std::uint64_t high) const;
  // Of other numbers, likewise.
  Option between(double low, double high) const;
  // Of whole numbers: they are sizes, and may be written as 16M (base/encodings.h).
  Option is_size() const;
  // Of whole numbers: they may be written as sizes too. Of texts: the help says how sizes are.
  Option counts_bytes() const;

  // It may stand without a value, which is then this one.
  Option value_if_alone(const std::string& value) const;

  // Of vectors, which otherwise take all values that follow: one value each time that it is
  // written.
  Option one_at_a_time() const;
  // Of vectors: a value holds several, with commas between them.
  Option split_at_commas() const;

  // Refused together with `other`; refused without it.
  Option excludes(Option other) const;
  Option needs(Option other) const;

  // Whether the command line has it. False before it was read.
  [[nodiscard]] bool given() const;

 private:
  OptionState* state_;
};

// The options of one command, and of its words those that are no options. An option is declared by
// its names: "-n,--predict"; without dashes it is known by its place: "MODEL". Errors have the
// first long name.
class Arguments {
 public:
  // What defines it lies in arguments.cc.
  struct Impl;
  explicit Arguments(std::unique_ptr<Impl> impl);
  ~Arguments();
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  // The name of the command.
  [[nodiscard]] const std::string& name() const;

  Option add(const std::string& names, Target target, const std::string& help);

  // Calls `read` with the value; it throws an Error for one that it can't take.
  using Read = std::function<void(const std::string& value)>;
  Option add_read(const std::string& names, Read read, const std::string& help);

  // Sets `target` to `value` when it is given.
  Option add_flag(const std::string& names, bool& target, const std::string& help,
                  bool value = true);

  // Sets `target`, a Value or an optional one, to what `choices` has for the name that is given.
  // Both outlive the command line.
  template <typename Value, typename To>
  Option add_choice(const std::string& names, To& target,
                    const std::map<std::string, Value>& choices, const std::string& help) {
    std::vector<std::string> keys;
    keys.reserve(choices.size());
    for (const auto& choice : choices) keys.push_back(choice.first);
    const auto choose = [&target, &choices](const std::string& key) { target = choices.at(key); };
    return add_choice_of(names, keys, choose, help);
  }

  // The words of this command are another program's: none of them is an option, --help included.
  void take_all_words();
  // After reading, those words in their order.
  [[nodiscard]] std::vector<std::string> words() const;

  // Whether the command line has the option of this name. False where there is no such option.
  [[nodiscard]] bool given(const std::string& option) const;

 private:
  friend class CommandLine;
  Option add_choice_of(const std::string& names, const std::vector<std::string>& keys,
                       const std::function<void(const std::string& key)>& choose,
                       const std::string& help);

  std::unique_ptr<Impl> impl_;
};

// A program with commands.
class CommandLine {
 public:
  // `examples` are lines that work as typed, for the top of the help; `version` is one line.
  CommandLine(const std::string& program, const std::string& version, const std::string& summary,
              const std::string& examples);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Options of all commands, which may stand before or behind the command.
  [[nodiscard]] Arguments& common();

  // They belong to the command line.
  [[nodiscard]] Arguments& add_command(const std::string& name, const std::string& summary,
                                       const std::string& examples);

  // All that was declared. Of a command that takes all words it has no options.
  [[nodiscard]] ProgramDescription describe() const;

  // What was asked for: help or version as a text for standard output, or a command.
  struct Asked {
    std::optional<std::string> text;
    const Arguments* command = nullptr;
  };
  // Reads main's arguments and sets the targets of the common options and of the command's. Throws
  // a usage Error for what makes no sense.
  [[nodiscard]] Asked read(std::span<char* const> arguments);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zipdream
