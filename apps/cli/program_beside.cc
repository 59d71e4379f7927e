// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/program_beside.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "zipdream/error.h"

namespace zipdream {

namespace {

std::filesystem::path place_of(const std::string& program) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / program;
}

}  // namespace

bool is_beside(const std::string& program) {
  std::error_code error;
  return std::filesystem::exists(place_of(program), error);
}

std::string path_beside(const std::string& program, const std::string& remedy) {
  if (is_beside(program)) return place_of(program).string();
  throw Error(
      fmt::format("{} is not beside this program, where it would be built together with "
                  "it; {}",
                  program, remedy));
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::optional<std::string> help_asked_of(const std::string& program,
                                         const std::vector<std::string>& words,
                                         const ParseHelp& parse) {
  const bool asks = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "--help" || word == "-h";
  });
  if (!asks) return std::nullopt;
  std::vector<std::string> all = {program};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers = pointers_to(all);
  pointers.pop_back();
  return parse(pointers);
}

void become(const std::string& path, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), path);
  execv(path.c_str(), pointers_to(arguments).data());
  throw Error(fmt::format("{}: can't be run: {}", path, std::strerror(errno)));
}

}  // namespace zipdream
