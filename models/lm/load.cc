// SPDX-License-Identifier: Apache-2.0
#include "models/lm/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "models/lm/architectures.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

constexpr double kMinFloatBytes = 2;  // F16, BF16
constexpr const char* kConfigFile = "config.json";

std::unique_ptr<LanguageModel> load_hugging_face(const std::string& folder,
                                                 std::optional<WeightFormat> format) {
  const ConfigFields fields((fs::path(folder) / kConfigFile).string());
  const ModelPlan plan = read_plan(fields);
  check_config(plan.config, fields.path());
  Checkpoint checkpoint = open_safetensors(folder);
  check_weight_bytes(plan.config, checkpoint.byte_count(), kMinFloatBytes, fields.path());
  LmWeights weights = load_weights(checkpoint, plan.config, plan.layout, format);
  return std::make_unique<LanguageModel>(plan.config, std::move(weights));
}

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

bool is_hugging_face(const std::string& folder) {
  return fs::exists(fs::path(folder) / kConfigFile);
}

// The only checkpoint of llama2.c in a folder.
std::string checkpoint_in(const std::string& folder) {
  const std::vector<std::string> paths = checkpoints_in(folder);
  if (paths.size() == 1) return paths.front();
  if (paths.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .bin files? name one", folder, paths.size()));
  }
  throw Error(fmt::format(
      "{}: no model is in it; config.json and model.safetensors, or a .bin of llama2.c, make one",
      folder));
}

std::unique_ptr<LanguageModel> load_folder(const std::string& folder,
                                           std::optional<WeightFormat> format) {
  if (is_hugging_face(folder)) return load_hugging_face(folder, format);
  return load_llama2c(checkpoint_in(folder), format.value_or(WeightFormat::kF32));
}

// Where a model lies: a folder, or a checkpoint and the folder that its tokenizer is in.
struct Place {
  bool is_folder = false;
  std::string folder;
};

Place find_place(const std::string& path) {
  if (!fs::exists(path)) throw Error(path + ": no such folder; name one that holds a model");
  if (fs::is_directory(path)) return {true, path};
  const std::string parent = fs::path(path).parent_path().string();
  return {false, parent.empty() ? "." : parent};
}

// Without a tokenizer the first 256 tokens are bytes; one more may stand before each text.
void check_byte_model(const LmConfig& config, const std::string& folder) {
  if (config.vocab_size == 256 || config.vocab_size == 257) return;
  throw Error(fmt::format(
      "{}: has no tokenizer, but {} tokens, so they are not bytes; add its tokenizer.json", folder,
      config.vocab_size));
}

void check_tokenizer(const Tokenizer& tokenizer, const LmConfig& config,
                     const std::string& folder) {
  if (tokenizer.size() <= config.vocab_size) return;
  throw Error(
      fmt::format("{}: its tokenizer has {} tokens, but its model only {}; do they belong "
                  "together?",
                  folder, tokenizer.size(), config.vocab_size));
}

}  // namespace

LoadedLm load_lm(const std::string& path, std::optional<WeightFormat> format) {
  const auto [is_folder, folder] = find_place(path);
  LoadedLm loaded;
  loaded.model = is_folder ? load_folder(path, format)
                           : load_llama2c(path, format.value_or(WeightFormat::kF32));
  const LmConfig& config = loaded.model->config();
  loaded.begin_of_text = config.begin_of_text;
  if (tokenizer_files(folder).empty()) {
    check_byte_model(config, folder);
    return loaded;
  }
  loaded.tokenizer = load_tokenizer(folder);
  check_tokenizer(*loaded.tokenizer, config, folder);
  if (const auto begin = loaded.tokenizer->begin_of_text()) loaded.begin_of_text = begin;
  return loaded;
}

std::vector<std::string> lm_files(const std::string& path) {
  const auto [is_folder, folder] = find_place(path);
  std::vector<std::string> files;
  if (is_folder && is_hugging_face(folder)) {
    files = checkpoint_files(folder);
    files.insert(files.begin(), (fs::path(folder) / kConfigFile).string());
  } else {
    files.push_back(is_folder ? checkpoint_in(folder) : path);
  }
  const std::vector<std::string> tokenizer = tokenizer_files(folder);
  files.insert(files.end(), tokenizer.begin(), tokenizer.end());
  return files;
}

}  // namespace zipdream
