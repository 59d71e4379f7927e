// SPDX-License-Identifier: Apache-2.0
// The names of the registry's rows, for suites that run over them.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
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

// A codec by its cheapest options, where its defaults take many megabytes or milliseconds for a
// few bytes. Its format is the same.
[[nodiscard]] inline std::string cheap_spec(std::string_view codec) {
  constexpr auto kCheap = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"bzip2", ":1"},
      {"xz", ":0"},
      {"lzma", ":0"},
      {"zstd", ":1"},
      {"brotli", ":1"},
      {"zopfli", ":1"},
      {"png", ":1"},
      {"flac", ":0"},
  });
  const auto* const found =
      std::ranges::find(kCheap, codec, [](const auto& row) { return row.first; });
  return std::string(codec) + std::string(found == kCheap.end() ? "" : found->second);
}

[[nodiscard]] inline std::vector<std::string> codec_names() {
  return names_of_models([](const ModelInfo& info) { return info.is_codec(); });
}

// The same, each as cheap_spec() has it.
[[nodiscard]] inline std::vector<std::string> cheap_specs() {
  std::vector<std::string> specs = codec_names();
  for (std::string& spec : specs) spec = cheap_spec(spec);
  return specs;
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
