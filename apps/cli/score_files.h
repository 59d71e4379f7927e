// SPDX-License-Identifier: Apache-2.0
// zipdream-mpi score: how many bits a model takes for each of many files. The score of a file is
// sequential, so a rank takes whole files; the largest are dealt first.
#pragma once

#include <span>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"

namespace zipdream {

[[nodiscard]] Command add_score_files(CommandLine& line, std::span<char* const> argv,
                                      const Measuring& measuring);

}  // namespace zipdream
