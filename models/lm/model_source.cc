// SPDX-License-Identifier: Apache-2.0
#include "models/lm/model_source.h"

#include <filesystem>
#include <utility>

#include "models/lm/config.h"

namespace zipdream {
namespace {

// The fewest bytes that a weight takes: the types of 16 bits, those of four.
constexpr double kMinFloatBytes = 2;
constexpr double kMinQuantizedBytes = 0.5;

}  // namespace

ModelSource open_hugging_face(const std::string& folder) {
  const ConfigFields fields((std::filesystem::path(folder) / "config.json").string());
  ModelPlan plan = read_plan(fields);
  check_config(plan.config, fields.path());
  Checkpoint tensors = open_safetensors(folder);
  check_weight_bytes(plan.config, tensors.byte_count(), kMinFloatBytes, fields.path());
  std::shared_ptr<const Tokenizer> tokenizer;
  if (!tokenizer_files(folder).empty()) tokenizer = load_tokenizer(folder);
  return {std::move(plan), std::move(tensors), std::move(tokenizer)};
}

ModelSource open_gguf(const std::string& path) {
  const Gguf file(path);
  check_gguf_kind(file.values());
  Checkpoint tensors = file.checkpoint();
  ModelPlan plan = read_gguf_plan(file.values(), tensors);
  check_config(plan.config, path);
  check_weight_bytes(plan.config, tensors.byte_count(), kMinQuantizedBytes, path);
  std::shared_ptr<const Tokenizer> tokenizer = read_gguf_tokenizer(file.values());
  return {std::move(plan), std::move(tensors), std::move(tokenizer)};
}

}  // namespace zipdream
