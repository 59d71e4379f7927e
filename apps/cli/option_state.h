// SPDX-License-Identifier: Apache-2.0
// What is known of an option while a command line is read: how its words become its value, and what
// is said when they can't.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/arguments.h"
#include "apps/cli/description.h"
#include "zipdream/error.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace zipdream {

struct OptionState {
  enum class Kind { kFlag, kText, kWholeNumber, kNumber };

  const Arguments::Impl* owner = nullptr;
  CLI::Option* cli = nullptr;  // owned by the application
  Kind kind = Kind::kText;
  std::function<void(const std::vector<std::string>& values)> read;
  std::string type;
  std::string fallback;  // the default, as the help shows it
  std::string example;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range;
  std::optional<std::pair<double, double>> bounds;  // the range of what is no whole number
  std::optional<std::string> alone;                 // the value that it has without one
  bool is_size = false;                             // told as a size in errors
  bool counts_bytes = false;                        // may be written as a size
  bool is_list = false;
  bool has_commas = false;
  std::vector<std::string> choices;
  std::vector<const OptionState*> excluded;
  std::vector<const OptionState*> needed;

  [[nodiscard]] bool given() const;
  // As errors have it.
  [[nodiscard]] std::string name() const;
};

struct Arguments::Impl {
  std::string program;  // with the name of the command: "zipdream generate"
  std::string name;     // of the command; empty for the options of all
  std::string examples;
  CLI::App* app = nullptr;  // owned by the command line
  std::deque<OptionState> options;
  bool takes_all_words = false;

  // What stands below the options.
  [[nodiscard]] std::string footer() const;

  OptionState& add(CLI::Option* cli, OptionState::Kind kind) {
    OptionState& option = options.emplace_back();
    option.owner = this;
    option.cli = cli;
    option.kind = kind;
    return option;
  }

  [[nodiscard]] std::string see_help() const;
  // Of an error that a word is the cause of.
  [[nodiscard]] std::string subject(const std::string& word) const;
};

// ---- errors ----

// A value as errors have it: not too long, and of what a terminal may show.
[[nodiscard]] std::string shown(const std::string& value);

// `remedy` ends as what may be followed by "see `zipdream generate --help`".
[[nodiscard]] Error error_of(const OptionState& option, const std::string& value,
                             const std::string& message, const std::string& remedy = "");
[[nodiscard]] Error value_is_missing(const OptionState& option);
[[nodiscard]] Error is_no_value(const OptionState& option, const std::string& value);

// ---- words ----

// CLI11 takes "[a,b]" for a list, which nobody asked it to; nor may it look for the value of
// "--seed=" in the words that follow. No argument of a program can hold the byte that hides them.
[[nodiscard]] std::string hide_bracket(std::string word);
[[nodiscard]] std::string show_bracket(std::string word);

// Gives the option's words to its `read`. Throws the usage Error of what it can't take.
void read_values(const OptionState& option);

// Throws for an option that is missing, or given beside others that it excludes or without those
// that it needs.
void check_together(const OptionState& option);

[[nodiscard]] std::vector<OptionDescription> descriptions_of(const Arguments::Impl& arguments);

}  // namespace zipdream
