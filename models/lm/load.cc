// SPDX-License-Identifier: Apache-2.0
#include "models/lm/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "models/lm/facts.h"
#include "models/lm/load_weights.h"
#include "models/lm/model_source.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

LoadedLm load_source(ModelSource source, std::optional<WeightFormat> format) {
  LmWeights weights = load_weights(source.tensors, source.plan.config, source.plan.layout, format);
  LoadedLm loaded;
  loaded.model = std::make_unique<LanguageModel>(source.plan.config, std::move(weights));
  loaded.tokenizer = std::move(source.tokenizer);
  return loaded;
}

LoadedLm load_checkpoint(const LmPlace& place, std::optional<WeightFormat> format) {
  LoadedLm loaded;
  loaded.model = load_llama2c(place.file, format.value_or(WeightFormat::kF32));
  if (!tokenizer_files(place.folder).empty()) loaded.tokenizer = load_tokenizer(place.folder);
  return loaded;
}

LoadedLm load_place(const LmPlace& place, std::optional<WeightFormat> format) {
  switch (place.format) {
    case LmPlace::Format::kHuggingFace:
      return load_source(open_hugging_face(place.folder), format);
    case LmPlace::Format::kGguf:
      return load_source(open_gguf(place.file), format);
    case LmPlace::Format::kLlama2c:
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

void check_vocabulary(const LmConfig& config, const Tokenizer* tokenizer, const std::string& path) {
  if (tokenizer == nullptr) return check_byte_model(config, path);
  check_tokenizer(*tokenizer, config, path);
}

LoadedLm load_lm(const std::string& path, std::optional<WeightFormat> format) {
  LoadedLm loaded = load_place(find_lm_place(path), format);
  const LmConfig& config = loaded.model->config();
  loaded.begin_of_text = config.begin_of_text;
  check_vocabulary(config, loaded.tokenizer.get(), path);
  if (!loaded.tokenizer) return loaded;
  if (const auto begin = loaded.tokenizer->begin_of_text()) loaded.begin_of_text = begin;
  // What ends the text before is what a model without one has seen before texts.
  if (!loaded.begin_of_text) loaded.begin_of_text = loaded.tokenizer->end_of_text();
  return loaded;
}

std::vector<std::string> lm_files(const std::string& path) {
  const LmPlace place = find_lm_place(path);
  if (place.format == LmPlace::Format::kGguf) return Gguf(place.file).paths();
  std::vector<std::string> files;
  if (place.format == LmPlace::Format::kHuggingFace) {
    files = checkpoint_files(place.folder);
    files.insert(files.begin(), (fs::path(place.folder) / kLmConfigFile).string());
  } else {
    files.push_back(place.file);
  }
  const std::vector<std::string> tokenizer = tokenizer_files(place.folder);
  files.insert(files.end(), tokenizer.begin(), tokenizer.end());
  return files;
}

}  // namespace zipdream
