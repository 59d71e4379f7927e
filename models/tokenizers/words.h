// SPDX-License-Identifier: Apache-2.0
// How vocabularies cut a text into words before they merge; no token lies across a cut. The
// patterns are regular expressions in the vocabularies' files; the two families that models use are
// scanned here by hand, in linear time.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

struct WordRules {
  enum class Pattern {
    kNone,  // the text is one word
    // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    kGpt2,
    // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}|
    // ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
    kGpt4,
    kSpaces,  // each space begins a word (SentencePiece's)
  };
  enum class Digits {
    kAsPattern,
    kRunsApart,    // runs of \p{N} are cut out before the pattern sees the text
    kSinglyApart,  // every \p{N} is
  };

  Pattern pattern = Pattern::kNone;
  std::size_t digits = 3;  // kGpt4 only; REQUIRES: at least 1
  Digits digits_apart = Digits::kAsPattern;
};

// The rules of a regular expression as tokenizer.json writes it; nullopt if it is none of ours.
[[nodiscard]] std::optional<WordRules> rules_of_regex(std::string_view regex);

// The rules that go by this name in GGUF files ("tokenizer.ggml.pre"); nullopt if it is none of
// ours.
[[nodiscard]] std::optional<WordRules> rules_of_name(std::string_view name);
// For errors: "gpt-2, llama-bpe, ...".
[[nodiscard]] std::string names_of_rules();

// Calls visit for each of the words, none empty, that make up the text, in order. Bytes that are no
// UTF-8 are characters of their own, neither letter, number nor space.
void for_each_word(ByteView text, const WordRules& rules,
                   const std::function<void(ByteView word)>& visit);

}  // namespace zipdream
