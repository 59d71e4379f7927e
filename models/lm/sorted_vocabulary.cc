// SPDX-License-Identifier: Apache-2.0
#include "models/lm/sorted_vocabulary.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace zipdream {

SortedVocabulary::SortedVocabulary(std::shared_ptr<const Tokenizer> tokenizer)
    : tokenizer_(std::move(tokenizer)) {
  for (Symbol token = 0; token < tokenizer_->size(); ++token) {
    const bool control = token == tokenizer_->begin_of_text() || token == tokenizer_->end_of_text();
    if (!control && !tokenizer_->bytes_of(token).empty()) tokens_.push_back(token);
  }
  std::vector<std::size_t> order(tokens_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto bytes_at = [&](std::size_t i) { return tokenizer_->bytes_of(tokens_[i]); };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    const ByteView one = bytes_at(a);
    const ByteView other = bytes_at(b);
    return std::ranges::lexicographical_compare(one, other);
  });
  places_.resize(tokens_.size());
  for (const std::size_t i : order) {
    places_[i] = sorted_.size();
    sorted_.push_back(tokens_[i]);
    bytes_.push_back(bytes_at(i));
    ++first_bytes_[std::size_t{bytes_.back()[0]} + 1];
  }
  std::partial_sum(first_bytes_.begin(), first_bytes_.end(), first_bytes_.begin());
}

TokenRange SortedVocabulary::ending(TokenRange range, std::size_t depth) const {
  TokenRange same{range.begin, range.begin};
  while (same.end < range.end && bytes_[same.end].size() == depth) ++same.end;
  return same;
}

std::size_t SortedVocabulary::after(TokenRange range, std::size_t depth, Byte byte) const {
  const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(range.begin);
  const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(range.end);
  const auto found =
      std::partition_point(begin, end, [&](ByteView token) { return token[depth] <= byte; });
  return static_cast<std::size_t>(found - bytes_.begin());
}

TokenRange SortedVocabulary::narrowed(TokenRange range, std::size_t depth, Byte byte) const {
  const std::size_t begin =
      byte == 0 ? range.begin : after(range, depth, static_cast<Byte>(byte - 1));
  return {begin, after({begin, range.end}, depth, byte)};
}

}  // namespace zipdream
