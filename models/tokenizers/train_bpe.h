// SPDX-License-Identifier: Apache-2.0
// A byte-level vocabulary of one's own: GPT-2's kind, learned from texts. The most frequent pair of
// neighbouring symbols becomes a token, again and again; of pairs as frequent, the one whose bytes
// come first. So the result depends on the texts alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// 256 bytes and the end of a text.
inline constexpr std::size_t kMinBpeVocabulary = 257;
inline constexpr std::size_t kMaxBpeVocabulary = 1'000'000;

// A tokenizer.json that load_tokenizer() and Hugging Face's libraries read: ids 0 .. 255 are the
// bytes, then come the merges, the first first, and "<|endoftext|>" is last. It has fewer than
// `vocabulary_size` tokens when no pair occurs twice any more. No token is longer than 128 bytes.
// Words are cut by GPT-2's pattern, so no token lies across words; the texts may be any bytes.
// Takes O(n log n) time for n bytes and memory for the different words. Throws a usage Error when
// the size is not kMinBpeVocabulary to kMaxBpeVocabulary, and Interrupted when the user asks to
// stop.
[[nodiscard]] std::string train_bpe(std::span<const ByteView> texts, std::size_t vocabulary_size);

// Longer symbols serve hardly any text but the one they come from, and a text that repeats itself
// would grow them without end.
inline constexpr std::size_t kMaxSymbolBytes = 128;

// The pairs of neighbouring symbols in the words of a text, with their counts, kept up while pairs
// merge. Each word is held once, with how often it came. All symbols of all words lie in one list
// with links, and each pair knows its places, so a merge touches these alone.
class PairCounts {
 public:
  using Pair = std::pair<Symbol, Symbol>;

  // Symbols 0 .. 255 are the bytes. Throws Error if the words together have 2^32 - 1 bytes or more.
  explicit PairCounts(const std::vector<std::pair<std::string_view, std::uint64_t>>& words);

  // The pair that occurs most, at least twice, and is no longer than kMaxSymbolBytes; of equals the
  // one whose left symbol's bytes, then right one's, come first.
  [[nodiscard]] std::optional<Pair> most_frequent();

  // Merges the pair wherever it stands, from the left; the symbol that it becomes. Pairs of the
  // same bytes become the same symbol.
  Symbol merge(Pair pair);

  // The bytes of all symbols so far.
  [[nodiscard]] const std::vector<std::string>& symbols() const { return symbols_; }

 private:
  struct Link {
    Symbol symbol;
    std::uint32_t previous;
    std::uint32_t next;
    std::uint32_t word;
  };
  struct Places {
    std::uint64_t count = 0;
    std::vector<std::uint32_t> left;  // where the left one stands, or stood
  };
  struct Candidate {
    std::uint64_t count;  // when it was pushed; counts of a pair that was there before only fall
    Pair pair;
  };

  void add_word(std::string_view word, std::uint32_t index);
  void add(std::uint32_t left);
  void remove(std::uint32_t left);
  void merge_at(std::uint32_t left, Symbol merged);
  Symbol symbol_of(const std::string& bytes);
  void push(Candidate candidate);
  Candidate pop();
  [[nodiscard]] bool comes_later(const Candidate& a, const Candidate& b) const;

  std::vector<Link> links_;
  std::vector<std::uint64_t> weights_;  // of words
  std::vector<std::string> symbols_;
  std::unordered_map<std::string, Symbol> by_bytes_;
  std::unordered_map<std::uint64_t, Places> pairs_;  // left << 32 | right
  std::vector<std::uint64_t> grown_;                 // pairs whose count rose in this merge
  std::vector<Candidate> heap_;                      // the one to merge first on top
};

}  // namespace zipdream
