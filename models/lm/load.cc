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

constexpr const char* kConfigFile = "config.json";

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
      "{}: no model is in it; config.json and model.safetensors, or a .bin of llama2.c, make one; "
      "GGUF files are named themselves",
      folder));
}

// Where a model lies, by its format. A checkpoint's tokenizer is in the folder.
struct Place {
  enum class Format { kHuggingFace, kGguf, kLlama2c };
  Format format = Format::kHuggingFace;
  std::string folder;
  std::string file;  // empty: kHuggingFace
};

Place find_place(const std::string& path) {
  if (!fs::exists(path)) throw Error(path + ": no such folder; name one that holds a model");
  if (fs::is_directory(path)) {
    if (is_hugging_face(path)) return {Place::Format::kHuggingFace, path, ""};
    return {Place::Format::kLlama2c, path, checkpoint_in(path)};
  }
  const std::string parent = fs::path(path).parent_path().string();
  const bool gguf = path.ends_with(".gguf") || is_gguf(path);
  return {gguf ? Place::Format::kGguf : Place::Format::kLlama2c, parent.empty() ? "." : parent,
          path};
}

LoadedLm load_source(ModelSource source, std::optional<WeightFormat> format) {
  LmWeights weights = load_weights(source.tensors, source.plan.config, source.plan.layout, format);
  LoadedLm loaded;
  loaded.model = std::make_unique<LanguageModel>(source.plan.config, std::move(weights));
  loaded.tokenizer = std::move(source.tokenizer);
  return loaded;
}

LoadedLm load_checkpoint(const Place& place, std::optional<WeightFormat> format) {
  LoadedLm loaded;
  loaded.model = load_llama2c(place.file, format.value_or(WeightFormat::kF32));
  if (!tokenizer_files(place.folder).empty()) loaded.tokenizer = load_tokenizer(place.folder);
  return loaded;
}

LoadedLm load_place(const Place& place, std::optional<WeightFormat> format) {
  switch (place.format) {
    case Place::Format::kHuggingFace:
      return load_source(open_hugging_face(place.folder), format);
    case Place::Format::kGguf:
      return load_source(open_gguf(place.file), format);
    case Place::Format::kLlama2c:
      break;
  }
  return load_checkpoint(place, format);
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
  LoadedLm loaded = load_place(find_place(path), format);
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

std::vector<std::string> lm_files(const std::string& path) {
  const Place place = find_place(path);
  if (place.format == Place::Format::kGguf) return Gguf(place.file).paths();
  std::vector<std::string> files;
  if (place.format == Place::Format::kHuggingFace) {
    files = checkpoint_files(place.folder);
    files.insert(files.begin(), (fs::path(place.folder) / kConfigFile).string());
  } else {
    files.push_back(place.file);
  }
  const std::vector<std::string> tokenizer = tokenizer_files(place.folder);
  files.insert(files.end(), tokenizer.begin(), tokenizer.end());
  return files;
}

}  // namespace zipdream
