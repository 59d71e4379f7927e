// SPDX-License-Identifier: Apache-2.0
// What a vocabulary's files say, in the files' own terms: names, ids, pairs of names. The readers
// fill it; assemble_bpe() finds contradictions and turns names into bytes. Files are made by
// others, so nothing in them is believed: counts and ids are checked before memory follows them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/tokenizers/bpe_tokenizer.h"
#include "models/tokenizers/words.h"

namespace zipdream {

// Files larger than this are refused; the largest vocabularies in use (256,000 tokens) take 35 MB.
inline constexpr std::size_t kMaxVocabularyBytes = std::size_t{128} << 20;

struct VocabularyFile {
  struct Added {
    std::uint64_t id = 0;
    std::string name;
    bool control = false;  // the file calls it special
    bool plain = true;     // found wherever it stands, and nothing around it swallowed
  };
  enum class Spelling {
    kByteLevel,   // names are in GPT-2's alphabet, byte_level.h
    kCharacters,  // names are text
    kSpaceMarks,  // text, with U+2581 for each space (SentencePiece's)
  };

  std::string where;  // the file, for errors
  std::vector<std::pair<std::string, std::uint64_t>> vocabulary;
  std::vector<std::pair<std::string, std::string>> merges;  // the first merges first
  std::vector<Added> added;
  Spelling tokens = Spelling::kCharacters;
  bool byte_fallback = false;  // "<0x0A>" is the byte 10
  std::string unknown;         // the token for what has none; empty: there is none
  WordRules words;
  bool whole_words = false;
  std::string prefix;
  std::string begin_of_text;  // a token's name, empty if the file doesn't say
  std::string end_of_text;
};

// Throws Error where the file contradicts itself: two tokens of one id or two ids of one token,
// ids left out, names that the tokens doesn't know, merges of or to tokens that are not there.
[[nodiscard]] BpeParts assemble_bpe(const VocabularyFile& file);

// The byte that a name like "<0x0A>" stands for.
[[nodiscard]] std::optional<char> fallback_byte(std::string_view name);

}  // namespace zipdream
