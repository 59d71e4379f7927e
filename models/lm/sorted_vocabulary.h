// SPDX-License-Identifier: Apache-2.0
// A vocabulary in the order of its tokens' bytes. The tokens that begin with the same bytes stand
// side by side, so a prefix is a range and one more byte narrows it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "models/tokenizers/tokenizer.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Tokens begin .. end - 1, in the order of a SortedVocabulary.
struct TokenRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
};

// Threads: immutable once made.
class SortedVocabulary {
 public:
  // Of all tokens that stand for bytes; control tokens are left out.
  explicit SortedVocabulary(std::shared_ptr<const Tokenizer> tokenizer);

  [[nodiscard]] const Tokenizer& tokenizer() const { return *tokenizer_; }
  // Ascending, as log2_probs_among() wants them; place()[i] is where tokens()[i] stands.
  [[nodiscard]] std::span<const Symbol> tokens() const { return tokens_; }
  [[nodiscard]] std::span<const std::size_t> places() const { return places_; }

  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] TokenRange all() const { return {0, size()}; }
  [[nodiscard]] Symbol token(std::size_t place) const { return sorted_[place]; }
  [[nodiscard]] ByteView bytes(std::size_t place) const { return bytes_[place]; }

  // Of tokens that share their first `depth` bytes: those that have no more, which come first.
  [[nodiscard]] TokenRange ending(TokenRange range, std::size_t depth) const;
  // Of such tokens, all of which have more: those whose next byte is `byte`.
  [[nodiscard]] TokenRange narrowed(TokenRange range, std::size_t depth, Byte byte) const;

  // Of such tokens: visit(byte, range) for each next byte that one has.
  template <typename Visit>
  void each_next(TokenRange range, std::size_t depth, const Visit& visit) const {
    if (depth == 0 && range.begin == 0 && range.end == size()) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        const TokenRange next{first_bytes_[byte], first_bytes_[byte + 1]};
        if (!next.empty()) visit(static_cast<Byte>(byte), next);
      }
      return;
    }
    while (!range.empty()) {
      const Byte byte = bytes_[range.begin][depth];
      const std::size_t end = after(range, depth, byte);
      visit(byte, TokenRange{range.begin, end});
      range.begin = end;
    }
  }

 private:
  // The first of the range whose next byte is above `byte`.
  [[nodiscard]] std::size_t after(TokenRange range, std::size_t depth, Byte byte) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<Symbol> tokens_;
  std::vector<std::size_t> places_;
  std::vector<Symbol> sorted_;
  std::vector<ByteView> bytes_;  // of each in sorted_
  std::array<std::size_t, 257> first_bytes_{};
};

// Which tokens may stand side by side: those that the tokenizer itself makes of their bytes. Of the
// many ways to cut a text into tokens nearly all have a pair that no tokenizer would make, and a
// language model gives them next to nothing (Hayase et al. 2025, arXiv 2506.14123).

// Threads: may be asked by many.
class CanonicalPairs {
 public:
  explicit CanonicalPairs(std::shared_ptr<const SortedVocabulary> vocabulary);

  enum class Follows : std::uint8_t {
    kNever,
    kBeforeWord,  // where no white space comes next: the last space of several belongs to a word
    kAlways
  };
  // Whether the bytes of both tokens together are cut into just these two.
  [[nodiscard]] Follows follows(Symbol first, Symbol second) const;

  // Whether the token's first byte is white space.
  [[nodiscard]] bool begins_with_space(Symbol token) const;

  // Whether tokens may follow `first` that begin with `bytes`. Where very many would have to be
  // tried the answer is yes.
  [[nodiscard]] bool may_go_on(Symbol first, ByteView bytes) const;

 private:
  [[nodiscard]] Follows ask(Symbol first, Symbol second) const;
  [[nodiscard]] bool begins_with(ByteView text, Symbol first, Symbol second) const;

  std::shared_ptr<const SortedVocabulary> vocabulary_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::uint64_t, Follows> known_;  // by first and second
};

}  // namespace zipdream
