// SPDX-License-Identifier: Apache-2.0
// The program: its command line with all commands.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "apps/cli/arguments.h"
#include "apps/cli/command.h"

namespace zipdream {

class Program {
 public:
  // `argv` are main's arguments and outlive the program.
  explicit Program(std::span<char* const> argv);

  // Reads the arguments and does what they ask for. Returns the exit code; throws what the commands
  // throw.
  int run();

  // All commands with their options, also those of the programs beside this one.
  [[nodiscard]] ProgramDescription describe() const;

 private:
  std::span<char* const> argv_;
  std::optional<std::size_t> memory_;
  CommandLine line_;
  std::vector<Command> commands_;
};

}  // namespace zipdream
