// SPDX-License-Identifier: Apache-2.0
// Manual pages in man(7), from the tables that the help is printed from.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/description.h"

namespace zipdream {

struct ManPage {
  std::string name;  // "zipdream-generate"
  std::string text;
};

// One of the program, with its models, and one of each command; of zipdream-mpi and of
// zipdream-train-mpi what they have of their own.
[[nodiscard]] std::vector<ManPage> man_pages(const ProgramDescription& program,
                                             const ProgramDescription& mpi);

}  // namespace zipdream
