// SPDX-License-Identifier: Apache-2.0
// The names of the registry's rows, for suites that run over them.
#pragma once

#include <string>
#include <vector>

#include "zipdream/registry.h"

namespace zipdream {

template <typename Keeps>
[[nodiscard]] std::vector<std::string> names_of_models(Keeps keeps) {
  std::vector<std::string> names;
  for (const ModelInfo* info : model_list()) {
    if (keeps(*info)) names.emplace_back(info->name);
  }
  return names;
}

[[nodiscard]] inline std::vector<std::string> codec_names() {
  return names_of_models([](const ModelInfo& info) { return info.is_codec(); });
}

// Of the codecs whose coders have tables to read.
[[nodiscard]] inline std::vector<std::string> codec_names_with_tables() {
  return names_of_models(
      [](const ModelInfo& info) { return info.is_codec() && info.make_predictor != nullptr; });
}

// Of the models that learn and need no file.
[[nodiscard]] inline std::vector<std::string> learning_names() {
  return names_of_models(
      [](const ModelInfo& info) { return info.learns() && info.stands_alone(); });
}

}  // namespace zipdream
