// SPDX-License-Identifier: Apache-2.0
// Completions for shells, from the tables that the help is printed from. What may stand for MODEL
// they ask of `zipdream list --complete`.
#pragma once

#include <string>

#include "apps/cli/description.h"

namespace zipdream {

// Each is a file that the shell loads for the program and for those beside it: PROGRAM-COMMAND, and
// zipdream-mpi, which has commands of its own.
[[nodiscard]] std::string bash_completion(const ProgramDescription& program,
                                          const ProgramDescription& mpi);
[[nodiscard]] std::string zsh_completion(const ProgramDescription& program,
                                         const ProgramDescription& mpi);
[[nodiscard]] std::string fish_completion(const ProgramDescription& program,
                                          const ProgramDescription& mpi);

}  // namespace zipdream
