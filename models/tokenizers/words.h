// SPDX-License-Identifier: Apache-2.0
// How vocabularies cut a text into words before they merge; no token lies across a cut. Cutting is
// done in steps, each of which cuts what the one before left, and sees nothing around it. The
// patterns are regular expressions in the vocabularies' files; the families that most models use
// are scanned here by hand, in linear time, and all others by PCRE2.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/tokenizers/regex.h"
#include "zipdream/bytes.h"

namespace zipdream {

struct WordStep {
  enum class Kind {
    // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    kGpt2,
    // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}|
    // ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
    kGpt4,
    kSpaces,      // each space begins a word (SentencePiece's)
    kNumberRuns,  // runs of \p{N} are words
    kEachNumber,  // every \p{N} is a word
    kRegex,
  };
  // What becomes of what matches and of what lies between.
  enum class Behavior {
    kIsolated,            // each is a word
    kMergedWithPrevious,  // what matches belongs to what is before it
    kMergedWithNext,      // ... behind it
    kContiguous,          // matches beside each other are one word
  };

  Kind kind = Kind::kGpt2;
  std::size_t digits = 3;              // kGpt4 only; REQUIRES: at least 1
  std::shared_ptr<const Regex> regex;  // kRegex only
  Behavior behavior = Behavior::kIsolated;
  bool inverted = false;  // what matches is what lies between, and the other way round
  // How a regex sees the text.
  enum class Seen {
    kText,
    kByteLevel,   // in GPT-2's alphabet of one character for each byte (unicode.h)
    kSpaceMarks,  // with U+2581 for each space
  };
  Seen seen = Seen::kText;
};

// Without steps a text is one word.
using WordRules = std::vector<WordStep>;

// The step of a regular expression as tokenizer.json writes it, by hand where it is one of the
// above. Throws Error if it can't be compiled.
[[nodiscard]] WordStep step_of_regex(std::string_view regex);

// The rules that go by this name in GGUF files ("tokenizer.ggml.pre"); nullopt if it is none of
// ours. "default" is what llama.cpp takes where a file has no name.
[[nodiscard]] std::optional<WordRules> rules_of_name(std::string_view name);
// Whether vocabularies whose words are cut by this name take a word that is a token whole.
[[nodiscard]] bool takes_words_whole(std::string_view name);
// For errors: "gpt-2, llama-bpe, ...".
[[nodiscard]] std::string names_of_rules();

// Calls visit for each of the words, none empty, that make up the text, in order. Bytes that are no
// UTF-8 are characters of their own, neither letter, number nor space. Throws Error when a regex
// takes too much work.
void for_each_word(ByteView text, const WordRules& rules,
                   const std::function<void(ByteView word)>& visit);

}  // namespace zipdream
