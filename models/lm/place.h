// SPDX-License-Identifier: Apache-2.0
// Which files of a path are a language model, and in which format.
#pragma once

#include <string>
#include <string_view>

namespace zipdream {

inline constexpr const char* kLmConfigFile = "config.json";

// A checkpoint of llama2.c has its tokenizer in the folder.
struct LmPlace {
  enum class Format { kHuggingFace, kGguf, kLlama2c };
  Format format = Format::kHuggingFace;
  std::string folder;
  std::string file;  // empty: kHuggingFace
};

// Whether a file of this name is in GGUF, and, if it is a part of a split model, the first.
[[nodiscard]] bool is_gguf_name(std::string_view name);

// Throws Error when there is no such path, and when a folder holds no model, or several of which
// one must be named. The files need not be good.
[[nodiscard]] LmPlace find_lm_place(const std::string& path);

}  // namespace zipdream
