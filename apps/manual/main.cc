// SPDX-License-Identifier: Apache-2.0
// Run by the build: writes the manual pages and the completions of shells into the folder that it
// is given, from the tables of the command line. Usage: zipdream_manual FOLDER
#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <span>
#include <string>

#include "apps/cli/program.h"
#include "apps/manual/completions.h"
#include "apps/manual/man_pages.h"
#include "base/files.h"
#include "zipdream/bytes.h"

namespace zipdream {
namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path.string(), as_bytes(text));
}

void write_all(const std::filesystem::path& folder) {
  const ProgramDescription program = Program({}).describe();
  const ProgramDescription mpi = MpiProgram({}, measuring_here()).describe();
  for (const ManPage& page : man_pages(program, mpi)) {
    write(folder / "man1" / (page.name + ".1"), page.text);
  }
  write(folder / "bash" / program.name, bash_completion(program, mpi));
  write(folder / "zsh" / ("_" + program.name), zsh_completion(program, mpi));
  write(folder / "fish" / (program.name + ".fish"), fish_completion(program, mpi));
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: zipdream_manual FOLDER\n");
    return 2;
  }
  try {
    zipdream::write_all(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "zipdream_manual: {}\n", error.what());
    return 1;
  }
}
