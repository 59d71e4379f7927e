// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): each word of the text begins as its
// smallest symbols, and of all neighbours that merge those of the lowest rank do, the leftmost
// first, until none are left. What the readers of vocabularies find is written in the same terms:
// bytes, symbols, ranks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/tokenizers/tokenizer.h"
#include "models/tokenizers/words.h"

namespace zipdream {

struct BpeToken {
  enum class Kind {
    kMerged,   // a smallest symbol, or made by merges
    kWhole,    // looked for in a text before it is cut into words (an "added token" that is text)
    kControl,  // stands for no text; without a name: an id that the vocabulary leaves out
  };
  // How kWhole and, where they are read, kControl are looked for.
  struct Matching {
    bool single_word = false;          // only where no word goes on before or behind it
    bool takes_spaces_before = false;  // spaces there are no text, if control tokens are read
    bool takes_spaces_after = false;
    bool normalized = false;  // looked for in what those that are not leave over
  };
  std::string name;
  std::string bytes;  // empty for, and only for, control tokens
  Kind kind = Kind::kMerged;
  Matching matching = {};
};

struct BpeMerge {
  Symbol left;
  Symbol right;
  Symbol merged;
  std::uint32_t rank;  // lower merges first; equals merge from the left
};

struct BpeParts {
  std::vector<BpeToken> tokens;  // by symbol
  std::vector<BpeMerge> merges;  // of two for the same pair, the later counts
  // The smallest symbols: a character's, if it has one, or else those of its bytes.
  std::unordered_map<char32_t, Symbol> characters;
  std::array<std::optional<Symbol>, 256> bytes;
  WordRules words;
  bool whole_words = false;           // a word that is a token is not merged but taken
  std::string prefix;                 // Tokenizer::text_prefix()
  bool prefix_after_control = false;  // it also begins what follows a control token
  std::optional<Symbol> begin_of_text;
  std::optional<Symbol> end_of_text;
};

// Throws Error, beginning with `where`, if encoding would not be lossless: if a merge's token
// stands for other bytes than the two that it is made of, or a smallest symbol for others than its
// own.
// REQUIRES: the symbols in the parts are those of tokens.
[[nodiscard]] std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts,
                                                            const std::string& where);

}  // namespace zipdream
