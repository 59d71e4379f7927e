// SPDX-License-Identifier: Apache-2.0
#include "models/lm/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "models/lm/load_weights.h"
#include "models/lm/model_source.h"
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

// The checkpoint of a folder without config.json.
std::string find_checkpoint(const std::string& folder) {
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

LoadedLm load_source(ModelSource source, std::optional<WeightFormat> format) {
  LmWeights weights = load_weights(source.tensors, source.plan.config, source.plan.layout, format);
  LoadedLm loaded;
  loaded.model = std::make_unique<LanguageModel>(source.plan.config, std::move(weights));
  loaded.tokenizer = std::move(source.tokenizer);
  return loaded;
}

LoadedLm load_checkpoint(const std::string& path, std::optional<WeightFormat> format) {
  LoadedLm loaded;
  loaded.model = load_llama2c(path, format.value_or(WeightFormat::kF32));
  const std::string parent = fs::path(path).parent_path().string();
  const std::string folder = parent.empty() ? "." : parent;
  if (has_tokenizer(folder)) loaded.tokenizer = load_tokenizer(folder);
  return loaded;
}

LoadedLm load_files(const std::string& path, std::optional<WeightFormat> format) {
  if (!fs::exists(path)) throw Error(path + ": no such folder; name one that holds a model");
  if (fs::is_directory(path)) {
    const bool hugging_face = fs::exists(fs::path(path) / "config.json");
    if (hugging_face) return load_source(open_hugging_face(path), format);
    return load_checkpoint(find_checkpoint(path), format);
  }
  if (path.ends_with(".gguf") || is_gguf(path)) return load_source(open_gguf(path), format);
  return load_checkpoint(path, format);
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
  LoadedLm loaded = load_files(path, format);
  const LmConfig& config = loaded.model->config();
  loaded.begin_of_text = config.begin_of_text;
  if (!loaded.tokenizer) {
    check_byte_model(config, path);
    return loaded;
  }
  check_tokenizer(*loaded.tokenizer, config, path);
  if (const auto begin = loaded.tokenizer->begin_of_text()) loaded.begin_of_text = begin;
  return loaded;
}

}  // namespace zipdream
