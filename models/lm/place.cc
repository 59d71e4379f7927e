// SPDX-License-Identifier: Apache-2.0
#include "models/lm/place.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "models/lm/gguf.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// The files that may be llama2.c's checkpoints: .bin files that are no tokenizers.
bool may_be_checkpoint(const std::string& name) {
  return name.ends_with(".bin") && !name.starts_with("tok") && !name.starts_with("pytorch_model");
}

template <typename Test>
std::vector<std::string> files_in(const std::string& folder, const Test& test) {
  std::vector<std::string> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (test(entry.path().filename().string())) paths.push_back(entry.path().string());
  }
  return paths;
}

// The only checkpoint of llama2.c in a folder, or the only file in GGUF.
LmPlace file_in(const std::string& folder) {
  const std::vector<std::string> ggufs = files_in(folder, is_gguf_name);
  if (ggufs.size() == 1) return {LmPlace::Format::kGguf, folder, ggufs.front()};
  if (ggufs.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .gguf files? name one", folder, ggufs.size()));
  }
  const std::vector<std::string> paths = files_in(folder, may_be_checkpoint);
  if (paths.size() == 1) return {LmPlace::Format::kLlama2c, folder, paths.front()};
  if (paths.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .bin files? name one", folder, paths.size()));
  }
  throw Error(
      fmt::format("{}: no model is in it; config.json and model.safetensors, a file in "
                  "GGUF or a .bin of llama2.c make one",
                  folder));
}

}  // namespace

bool is_gguf_name(std::string_view name) {
  constexpr std::string_view kEnding = ".gguf";
  constexpr std::string_view kPart = "-00001-of-00003.gguf";
  if (name.size() <= kEnding.size() || !name.ends_with(kEnding)) return false;
  if (name.size() < kPart.size()) return true;
  const std::string_view part = name.substr(name.size() - kPart.size());
  const bool is_part = part[0] == '-' && part.substr(6, 4) == "-of-";
  return !is_part || part.substr(1, 5) == "00001";
}

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
    return file_in(path);
  }
  const std::string parent = fs::path(path).parent_path().string();
  const bool gguf = path.ends_with(".gguf") || is_gguf(path);
  return {gguf ? LmPlace::Format::kGguf : LmPlace::Format::kLlama2c, parent.empty() ? "." : parent,
          path};
}

}  // namespace zipdream
