// SPDX-License-Identifier: Apache-2.0
#include "models/lm/place.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "models/lm/gguf.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// The files that may be llama2.c's checkpoints: .bin files that are no tokenizers.
std::vector<std::string> checkpoints_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".bin") && !name.starts_with("tok") && !name.starts_with("pytorch_model")) {
      paths.push_back(entry.path().string());
    }
  }
  return paths;
}

// The only checkpoint of llama2.c in a folder.
std::string checkpoint_in(const std::string& folder) {
  const std::vector<std::string> paths = checkpoints_in(folder);
  if (paths.size() == 1) return paths.front();
  if (paths.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .bin files? name one", folder, paths.size()));
  }
  throw Error(fmt::format(
      "{}: no model is in it; config.json and model.safetensors, or a .bin of llama2.c, make one; "
      "GGUF files are named themselves",
      folder));
}

}  // namespace

LmPlace find_lm_place(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(path +
                ": no such folder or file, and no model of that name where models are kept; "
                "zipdream models lists those");
  }
  if (fs::is_directory(path)) {
    if (fs::exists(fs::path(path) / kLmConfigFile)) {
      return {LmPlace::Format::kHuggingFace, path, ""};
    }
    return {LmPlace::Format::kLlama2c, path, checkpoint_in(path)};
  }
  const std::string parent = fs::path(path).parent_path().string();
  const bool gguf = path.ends_with(".gguf") || is_gguf(path);
  return {gguf ? LmPlace::Format::kGguf : LmPlace::Format::kLlama2c, parent.empty() ? "." : parent,
          path};
}

}  // namespace zipdream
