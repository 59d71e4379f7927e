// SPDX-License-Identifier: Apache-2.0
// The program: its command line with all commands; and that of zipdream-mpi, which lies beside it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "apps/cli/arguments.h"
#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"

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

// The experiments by the processes of an mpirun, each of which has one of these.
class MpiProgram {
 public:
  // `argv` are main's arguments and outlive the program, as what `measuring` calls does.
  MpiProgram(std::span<char* const> argv, const Measuring& measuring);

  // As Program::run(); nothing where a text was asked for, which the process that shows printed.
  std::optional<int> run();

  [[nodiscard]] ProgramDescription describe() const { return line_.describe(); }

 private:
  std::span<char* const> argv_;
  bool shows_;
  CommandLine line_;
  std::vector<Command> commands_;
};

}  // namespace zipdream
