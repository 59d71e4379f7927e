// SPDX-License-Identifier: Apache-2.0
// What a vocabulary's files hold, in the files' own terms: names, ids, pairs of names. A reader for
// each format fills it; assemble_bpe() finds contradictions and turns names into bytes. Files are
// made by others, so nothing in them is believed: counts and ids are checked before memory follows
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/tokenizers/bpe_tokenizer.h"
#include "models/tokenizers/words.h"

namespace zipdream {

// Files larger than this are refused; the largest vocabularies in use (256,000 tokens) take 35 MB.
inline constexpr std::size_t kMaxVocabularyBytes = std::size_t{128} << 20;

// More than any vocabulary has.
inline constexpr std::size_t kMaxTokens = std::size_t{1} << 20;

struct VocabularyFile {
  struct Added {
    std::uint64_t id = 0;
    std::string name;
    bool control = false;  // the file calls it special
    BpeToken::Matching matching = {};
  };
  // How names stand for bytes.
  enum class Encoding {
    kByteLevel,   // in GPT-2's alphabet (unicode.h)
    kCharacters,  // as text
    kSpaceMarks,  // as text with U+2581 for each space (SentencePiece's)
  };

  std::string where;  // the file, for errors
  std::vector<std::pair<std::string, std::uint64_t>> vocabulary;
  std::vector<std::pair<std::string, std::string>> merges;  // the first merges first
  std::vector<Added> added;
  Encoding encoding = Encoding::kCharacters;
  bool byte_fallback = false;  // "<0x0A>" is the byte 10
  std::string unknown;         // the token for what has none; empty: there is none
  WordRules words;
  bool whole_words = false;
  std::string prefix;
  bool prefix_after_control = false;
  std::string begin_of_text;  // a token's name, empty if the file names none
  std::string end_of_text;
};

// Throws Error where the file contradicts itself: two tokens of one id or two ids of one token,
// ids from kMaxTokens on, names that the encoding doesn't have, merges of or to tokens that are not
// there.
[[nodiscard]] BpeParts assemble_bpe(const VocabularyFile& file);

// Adds merges for vocabularies that have scores instead: all halves of a token that are tokens
// merge to it, the highest score first. Only tokens from `first` on take part, of which those that
// stand for a byte don't. Throws Error for a score that is no number. REQUIRES: a score for each of
// parts.tokens.
void add_merges_of_scores(std::span<const float> scores, Symbol first, const std::string& where,
                          BpeParts& parts);

// The byte that a name like "<0x0A>" stands for.
[[nodiscard]] std::optional<char> fallback_byte(std::string_view name);

// The readers. All throw Error, naming the file, for what they can't read or what would not be
// lossless.

// Hugging Face's tokenizer.json. What begins and ends a text may stand in tokenizer_config.json
// beside it.
[[nodiscard]] VocabularyFile read_tokenizer_json(const std::string& path);

// The same of its text alone.
[[nodiscard]] VocabularyFile parse_tokenizer_json(std::string_view text, const std::string& where);

// The file beside a tokenizer.json that read_tokenizer_json() reads too, if it is there.
inline constexpr const char* kTokenizerConfig = "tokenizer_config.json";

// GPT-2's pair: a JSON object of names and ids, and a text of merges.
[[nodiscard]] VocabularyFile read_gpt2_files(const std::string& vocabulary_path,
                                             const std::string& merges_path);

// llama2.c's tokenizer.bin (karpathy/llama2.c), little endian:
//   int32 length of the longest token
//   for each token, by id: float32 score, int32 length, its bytes (a space is a space)
// Ids 0, 1, 2 are the unknown token, the beginning and the end of a text; 3 .. 258 the bytes.
// Neighbours whose bytes together are a token merge, the highest score first.
[[nodiscard]] BpeParts read_llama2c(const std::string& path);

}  // namespace zipdream
