// SPDX-License-Identifier: Apache-2.0
// What a rank says of itself before anything is measured: figures of ranks that differ in program,
// libraries, models or data must not get into one table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/rates/plan.h"

namespace zipdream {

struct Hello {
  std::string host;
  std::string version;                                         // of zipdream
  std::vector<std::pair<std::string, std::string>> libraries;  // name and version
  std::vector<std::string> models;
  std::vector<std::uint64_t> probe;  // of each model: bits that it needs for one text
  std::vector<std::string> data;     // what tells the data sets' names and sizes
  std::string spec;                  // digest of all that is to be measured (run_spec_line())
  std::string files;                 // device, number, size and time of each file: where it lies
};

// This rank's.
[[nodiscard]] Hello hello_of(const Plan& plan, const std::string& host);

[[nodiscard]] std::string hello_line(const Hello& hello);
// Of a line of any version of the program; what it does not say is empty.
[[nodiscard]] Hello parse_hello(std::string_view line);

// Throws Error that names `rank` and what is not as `first`, rank 0, has it.
void check_same(const Hello& first, const Hello& other, int rank);

// Digests of the contents of all files of the plan, as one line: a few seconds for each GB. Of
// random bytes there is none.
[[nodiscard]] std::string contents_line(const Plan& plan);

// Throws Error that names `rank`, its host and the first file whose contents are others.
void check_same_contents(const Plan& plan, std::string_view first, std::string_view other, int rank,
                         const std::string& host);

}  // namespace zipdream
