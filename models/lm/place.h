// SPDX-License-Identifier: Apache-2.0
// Which files of a path are a language model, and in which format.
#pragma once

#include <string>

namespace zipdream {

inline constexpr const char* kLmConfigFile = "config.json";

// A checkpoint of llama2.c has its tokenizer in the folder.
struct LmPlace {
  enum class Format { kHuggingFace, kGguf, kLlama2c };
  Format format = Format::kHuggingFace;
  std::string folder;
  std::string file;  // empty: kHuggingFace
};

// Throws Error when there is no such path, and when a folder holds no model, or several of which
// one must be named. The files need not be good.
[[nodiscard]] LmPlace find_lm_place(const std::string& path);

}  // namespace zipdream
