// SPDX-License-Identifier: Apache-2.0
#include "models/lm/sorted_vocabulary.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "base/terminal_text.h"
#include "zipdream/error.h"

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

namespace {

constexpr std::size_t kMaxKnown = std::size_t{1} << 20;
constexpr std::size_t kMaxTried = 64;
constexpr std::string_view kSpaces = " \n\r\t\v\f";
bool is_space(Byte byte) { return kSpaces.find(static_cast<char>(byte)) != kSpaces.npos; }

constexpr Byte kOfNoWord = 0x7F;  // no space, and no vocabulary has it with others in a token

}  // namespace

CanonicalPairs::CanonicalPairs(std::shared_ptr<const SortedVocabulary> vocabulary)
    : vocabulary_(std::move(vocabulary)) {}

CanonicalPairs::Follows CanonicalPairs::ask(Symbol first, Symbol second) const {
  const Tokenizer& tokenizer = vocabulary_->tokenizer();
  const ByteView before = tokenizer.bytes_of(first);
  const ByteView after = tokenizer.bytes_of(second);
  // What class a character is of, and so where words end, only the whole of it tells.
  if (!is_utf8(before) || !is_utf8(after)) return Follows::kAlways;
  Bytes text(before.begin(), before.end());
  text.insert(text.end(), after.begin(), after.end());
  if (begins_with(text, first, second)) return Follows::kAlways;
  // Whether white space before a word is one piece depends on the word.
  if (!is_space(after.back())) return Follows::kNever;
  text.push_back(kOfNoWord);
  return begins_with(text, first, second) ? Follows::kBeforeWord : Follows::kNever;
}

bool CanonicalPairs::begins_with_space(Symbol token) const {
  return is_space(vocabulary_->tokenizer().bytes_of(token)[0]);
}

// Whether the text is cut into these two, and perhaps more.
bool CanonicalPairs::begins_with(ByteView text, Symbol first, Symbol second) const {
  try {
    const std::vector<Symbol> tokens = vocabulary_->tokenizer().encode_more(text);
    return tokens.size() > 1 && tokens[0] == first && tokens[1] == second;
  } catch (const Error&) {
    return false;
  }
}

CanonicalPairs::Follows CanonicalPairs::follows(Symbol first, Symbol second) const {
  const std::uint64_t key = std::uint64_t{first} << 32 | second;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
  }
  const Follows canonical = ask(first, second);
  const std::scoped_lock lock(mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  known_.emplace(key, canonical);
  return canonical;
}

bool CanonicalPairs::may_go_on(Symbol first, ByteView bytes) const {
  if (bytes.empty()) return true;
  TokenRange range = vocabulary_->all();
  for (std::size_t depth = 0; depth < bytes.size(); ++depth) {
    range = vocabulary_->narrowed(range, depth, bytes[depth]);
    const TokenRange ending = vocabulary_->ending(range, depth + 1);
    for (std::size_t place = ending.begin; place < ending.end; ++place) {
      const Symbol next = vocabulary_->token(place);
      if (follows(first, next) != Follows::kNever && may_go_on(next, bytes.subspan(depth + 1)))
        return true;
    }
    range.begin = ending.end;
    if (range.empty()) return false;
  }
  if (range.end - range.begin > kMaxTried) return true;
  for (std::size_t place = range.begin; place < range.end; ++place) {
    if (follows(first, vocabulary_->token(place)) != Follows::kNever) return true;
  }
  return false;
}

}  // namespace zipdream
