// SPDX-License-Identifier: Apache-2.0
// A language model from its files, in the formats in which they are published.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/lm/language_model.h"
#include "models/tokenizers/tokenizer.h"

namespace zipdream {

struct LoadedLm {
  std::shared_ptr<const LanguageModel> model;
  std::shared_ptr<const Tokenizer> tokenizer;  // null: symbol b is byte b
  // The token before each text: what begins one, or else what ends one, if either is there.
  std::optional<Symbol> begin_of_text;
};

// From a folder in Hugging Face's form (config.json, model.safetensors or its shards, the
// tokenizer's files, which a model of 256 or 257 tokens need not have), a GGUF file, or a llama2.c
// checkpoint: its .bin, or the folder of it and its tokenizer. Throws Error when there is no model,
// when it is damaged, contradicts itself, or is of an architecture that is not supported. The
// matrices are kept in `format`, or as the files have them if none is given: those of 16 bits
// compute the same numbers as floats do, in less memory and time; quantised ones stay in the mapped
// file.
[[nodiscard]] LoadedLm load_lm(const std::string& path,
                               std::optional<WeightFormat> format = std::nullopt);

// Throws Error where a model's tokenizer has more tokens than it, or a model without one (null) has
// others than bytes. `path` is for the message.
void check_vocabulary(const LmConfig& config, const Tokenizer* tokenizer, const std::string& path);

// The files that load_lm() reads, always in the same order: the config, the weights, the tokenizer.
// Throws Error when there is no model, or a file of it is missing.
[[nodiscard]] std::vector<std::string> lm_files(const std::string& path);

// The model of a llama2.c checkpoint ("version 0": seven numbers, then floats). Throws as
// load_lm().
[[nodiscard]] std::unique_ptr<LanguageModel> load_llama2c(const std::string& path,
                                                          WeightFormat format = WeightFormat::kF32);

}  // namespace zipdream
