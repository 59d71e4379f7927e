// SPDX-License-Identifier: Apache-2.0
// Greedy longest match, RWKV's way to cut a text: at each place the longest token that the text
// goes on with, of a vocabulary of byte strings. And the readers of its vocabularies.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/tokenizers/tokenizer.h"

namespace zipdream {

struct LongestMatchParts {
  struct Token {
    std::string name;   // empty: an id that the vocabulary leaves out
    std::string bytes;  // empty: a control token
  };
  std::vector<Token> tokens;  // by symbol; of two with the same bytes the later counts
  std::optional<Symbol> begin_of_text;
  std::optional<Symbol> end_of_text;
};

// Throws Error, beginning with `where`, for tokens so long that cutting a text may take forever.
[[nodiscard]] std::unique_ptr<Tokenizer> make_longest_match_tokenizer(LongestMatchParts parts,
                                                                      const std::string& where);

// The bytes that a name in GGUF stands for: those of Python's literal of a bytes object, without
// its quotes ("\xe2\n"). nullopt if it is none.
[[nodiscard]] std::optional<std::string> from_rwkv_name(std::string_view name);

// RWKV's file, as rwkv_vocab_v20230424.txt: on each line an id, Python's literal of a string or of
// a bytes object, and the number of its bytes. The id 0, which is not in it, ends texts. Throws
// Error that names file and line for anything else.
[[nodiscard]] LongestMatchParts read_rwkv_vocabulary(const std::string& path);

}  // namespace zipdream
