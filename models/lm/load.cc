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

std::unique_ptr<LanguageModel> load_hugging_face(const std::string& folder,
                                                 std::optional<WeightFormat> format) {
  const ConfigFields fields((fs::path(folder) / "config.json").string());
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

std::unique_ptr<LanguageModel> load_folder(const std::string& folder,
                                           std::optional<WeightFormat> format) {
  if (fs::exists(fs::path(folder) / "config.json")) return load_hugging_face(folder, format);
  const std::vector<std::string> paths = checkpoints_in(folder);
  if (paths.size() == 1) return load_llama2c(paths.front(), format.value_or(WeightFormat::kF32));
  if (paths.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .bin files? name one", folder, paths.size()));
  }
  throw Error(fmt::format(
      "{}: no model is in it; config.json and model.safetensors, or a .bin of llama2.c, make one",
      folder));
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
  if (!fs::exists(path)) throw Error(path + ": no such folder; name one that holds a model");
  const bool is_folder = fs::is_directory(path);
  const std::string parent = fs::path(path).parent_path().string();
  const std::string folder = is_folder ? path : parent.empty() ? "." : parent;
  LoadedLm loaded;
  loaded.model = is_folder ? load_folder(path, format)
                           : load_llama2c(path, format.value_or(WeightFormat::kF32));
  const LmConfig& config = loaded.model->config();
  loaded.begin_of_text = config.begin_of_text;
  if (!has_tokenizer(folder)) {
    check_byte_model(config, folder);
    return loaded;
  }
  loaded.tokenizer = load_tokenizer(folder);
  check_tokenizer(*loaded.tokenizer, config, folder);
  if (const auto begin = loaded.tokenizer->begin_of_text()) loaded.begin_of_text = begin;
  return loaded;
}

}  // namespace zipdream
