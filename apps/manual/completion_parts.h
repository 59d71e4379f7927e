// SPDX-License-Identifier: Apache-2.0
// What the completions of all shells are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/description.h"

namespace zipdream {

// What may stand for a value.
struct Value {
  enum class Kind { kAnything, kWords, kModel, kFile, kFolder };
  Kind kind = Kind::kAnything;
  std::vector<std::string> words;
};
[[nodiscard]] Value value_of(const OptionDescription& option);

// Those of a command, with those of all commands.
[[nodiscard]] std::vector<OptionDescription> options_of(const ProgramDescription& program,
                                                        const CommandDescription& command);

// By which the completions know a command: those of zipdream-mpi have others of the same name
// beside them.
[[nodiscard]] std::string key_of(const ProgramDescription& program,
                                 const CommandDescription& command);

[[nodiscard]] std::vector<std::string> names_of(const std::vector<CommandDescription>& commands);

[[nodiscard]] std::string joined(const std::vector<std::string>& words,
                                 std::string_view between = " ");
[[nodiscard]] std::string replaced(std::string_view text, char what, std::string_view with);

// Puts `with` where `what` stands first. REQUIRES: it is there.
void fill(std::string& text, std::string_view what, const std::string& with);

// Where the sentence may be cut, so that a list of options stays one: at the end of the first part.
[[nodiscard]] std::string in_short(std::string_view help);

// What a file of completions begins with.
[[nodiscard]] std::string comment(std::string_view program);

}  // namespace zipdream
