// SPDX-License-Identifier: Apache-2.0
#include "models/lm/model_path.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// A build folder is build/PRESET of the sources.
std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  if (const char* const named = std::getenv("ZIPDREAM_MODELS")) folders.emplace_back(named);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) return folders;
  folders.push_back(program.parent_path() / "share/zipdream/models");
  folders.push_back(program.parent_path().parent_path() / "samples/models");
  return folders;
}

}  // namespace

std::string find_model(const std::string& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) || fs::path(path).filename() != path) return path;
  for (const fs::path& folder : model_folders()) {
    if (fs::is_directory(folder / path, ignored)) return (folder / path).string();
  }
  return path;
}

}  // namespace zipdream
