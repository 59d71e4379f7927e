// SPDX-License-Identifier: Apache-2.0
// Which files of a path are a language model, in which format, and what can be said of it without
// loading its weights.
#pragma once

#include <cstddef>
#include <cstdint>
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

// Whether this is a folder that holds nothing that makes a model.
[[nodiscard]] bool is_folder_without_lm(const std::string& path);

// What can be said of a language model without loading its weights.

struct LmFacts {
  std::string format;              // "GGUF"
  std::string architecture;        // as its files call it
  std::uint64_t parameters = 0;    // those that are stored; 0: unknown
  std::string weights;             // their types, by how many there are of each: "Q4_K, Q6_K, F32"
  std::size_t context_length = 0;  // tokens; 0: unknown
  std::size_t vocab_size = 0;      // tokens; 0: unknown
  std::string tokenizer;           // "BPE of bytes"
  std::string chat_template;       // how conversations are to be written; empty: nothing says it
  std::uint64_t bytes = 0;         // of its files, as far as they are known
  std::string problem;             // why it can't be used, as an Error says it; empty: it can
};

// Never throws an Error: what is wrong with a model is its problem. Weights are not read, so that a
// NaN among them is not found.
[[nodiscard]] LmFacts lm_facts(const std::string& path);

}  // namespace zipdream
