// SPDX-License-Identifier: Apache-2.0
// What can be said of a language model without loading its weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace zipdream {

struct LmFacts {
  std::string format;              // "GGUF"
  std::string architecture;        // as its files call it
  std::uint64_t parameters = 0;    // those that are stored; 0: unknown
  std::string weights;             // their types, by how many there are of each: "Q4_K, Q6_K, F32"
  std::size_t context_length = 0;  // tokens; 0: unknown
  std::size_t vocab_size = 0;      // tokens; 0: unknown
  std::string tokenizer;           // "BPE of bytes"
  std::uint64_t bytes = 0;         // of its files, as far as they are known
  std::string problem;             // why it can't be used, as an Error says it; empty: it can
};

// Never throws an Error: what is wrong with a model is its problem. Weights are not read, so that a
// NaN among them is not found.
[[nodiscard]] LmFacts lm_facts(const std::string& path);

}  // namespace zipdream
