// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/train_bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/process.h"
#include "models/tokenizers/merger.h"
#include "models/tokenizers/unicode.h"
#include "models/tokenizers/words.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";
constexpr std::size_t kControlTokens = 1;

using WordCounts = std::vector<std::pair<std::string_view, std::uint64_t>>;

// In the order in which they first come.
WordCounts count_words(std::span<const ByteView> texts) {
  WordCounts words;
  std::unordered_map<std::string_view, std::size_t> index;
  for (const ByteView text : texts) {
    for_each_word(text, {{.kind = WordStep::Kind::kGpt2}}, [&](ByteView word) {
      const auto [known, is_new] = index.try_emplace(as_chars(word), words.size());
      if (is_new) words.emplace_back(as_chars(word), 0);
      ++words[known->second].second;
    });
  }
  return words;
}

std::string json_string(std::string_view text) { return nlohmann::json(text).dump(); }

// Written by hand, one token and one merge a line, in the order of ids: a JSON library's objects
// are in alphabetical order.
std::string write_json(const std::vector<std::string>& tokens,
                       const std::vector<PairCounts::Pair>& merges) {
  std::string vocabulary;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    vocabulary += fmt::format("      {}: {},\n", json_string(to_byte_level(tokens[id])), id);
  }
  vocabulary += fmt::format("      {}: {}\n", json_string(kEndOfText), tokens.size());
  std::string merge_list;
  for (const auto& [left, right] : merges) {
    merge_list += merge_list.empty() ? "\n" : ",\n";
    merge_list +=
        "      " + json_string(to_byte_level(tokens[left]) + ' ' + to_byte_level(tokens[right]));
  }
  constexpr std::string_view kByteLevel =
      R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true})";
  return fmt::format(R"({{
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": [
    {{"id": {0}, "content": {1}, "single_word": false, "lstrip": false, "rstrip": false,
     "normalized": false, "special": true}}
  ],
  "normalizer": null,
  "pre_tokenizer": {2},
  "post_processor": null,
  "decoder": {2},
  "model": {{
    "type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": false,
    "byte_fallback": false,
    "vocab": {{
{3}    }},
    "merges": [{4}
    ]
  }}
}}
)",
                     tokens.size(), json_string(kEndOfText), kByteLevel, vocabulary, merge_list);
}

constexpr std::uint32_t kNone = 0xFFFFFFFF;
constexpr Symbol kMergedAway = 0xFFFFFFFF;

std::uint64_t key_of(PairCounts::Pair pair) {
  return std::uint64_t{pair.first} << 32 | pair.second;
}

PairCounts::Pair pair_of(std::uint64_t key) {
  return {static_cast<Symbol>(key >> 32), static_cast<Symbol>(key)};
}

}  // namespace

PairCounts::PairCounts(const std::vector<std::pair<std::string_view, std::uint64_t>>& words) {
  for (int byte = 0; byte < 256; ++byte) symbol_of(std::string(1, static_cast<char>(byte)));
  std::size_t total = 0;
  for (const auto& [word, count] : words) total += word.size();
  if (total >= kNone) throw Error("training: 4 GiB of different words or more; take fewer texts");
  links_.reserve(total);
  for (const auto& [word, count] : words) {
    weights_.push_back(count);
    add_word(word, static_cast<std::uint32_t>(weights_.size() - 1));
  }
  for (std::uint32_t i = 0; i < links_.size(); ++i) add(i);
  grown_.clear();
  for (const auto& [key, places] : pairs_) push({places.count, pair_of(key)});
}

void PairCounts::add_word(std::string_view word, std::uint32_t index) {
  const auto begin = static_cast<std::uint32_t>(links_.size());
  for (const char byte : word) {
    const auto at = static_cast<std::uint32_t>(links_.size());
    links_.push_back(
        {static_cast<std::uint8_t>(byte), at == begin ? kNone : at - 1, at + 1, index});
  }
  if (!word.empty()) links_.back().next = kNone;
}

std::optional<PairCounts::Pair> PairCounts::most_frequent() {
  while (!heap_.empty()) {
    const Candidate top = pop();
    const auto found = pairs_.find(key_of(top.pair));
    const std::uint64_t count = found == pairs_.end() ? 0 : found->second.count;
    if (count < 2) continue;
    if (count == top.count) return top.pair;
    if (count < top.count) push({count, top.pair});  // else a later push knows the count
  }
  return std::nullopt;
}

Symbol PairCounts::merge(Pair pair) {
  const Symbol merged = symbol_of(symbols_[pair.first] + symbols_[pair.second]);
  std::vector<std::uint32_t> places = std::move(pairs_[key_of(pair)].left);
  std::sort(places.begin(), places.end());
  grown_.clear();
  for (const std::uint32_t left : places) {
    if (links_[left].symbol != pair.first || links_[left].next == kNone) continue;
    if (links_[links_[left].next].symbol == pair.second) merge_at(left, merged);
  }
  std::sort(grown_.begin(), grown_.end());
  grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
  for (const std::uint64_t key : grown_) push({pairs_[key].count, pair_of(key)});
  pairs_.erase(key_of(pair));
  return merged;
}

void PairCounts::merge_at(std::uint32_t left, Symbol merged) {
  const std::uint32_t previous = links_[left].previous;
  const std::uint32_t right = links_[left].next;
  const std::uint32_t next = links_[right].next;
  remove(previous);
  remove(left);
  remove(right);
  links_[left].symbol = merged;
  links_[left].next = next;
  links_[right].symbol = kMergedAway;
  if (next != kNone) links_[next].previous = left;
  add(previous);
  add(left);
}

void PairCounts::add(std::uint32_t left) {
  if (left == kNone || links_[left].next == kNone) return;
  const std::uint64_t key = key_of({links_[left].symbol, links_[links_[left].next].symbol});
  Places& places = pairs_[key];
  places.count += weights_[links_[left].word];
  places.left.push_back(left);
  grown_.push_back(key);
}

// Its place stays in the list; whoever goes there sees that the pair is gone.
void PairCounts::remove(std::uint32_t left) {
  if (left == kNone || links_[left].next == kNone) return;
  const std::uint64_t key = key_of({links_[left].symbol, links_[links_[left].next].symbol});
  pairs_[key].count -= weights_[links_[left].word];
}

Symbol PairCounts::symbol_of(const std::string& bytes) {
  const auto [known, is_new] = by_bytes_.try_emplace(bytes, static_cast<Symbol>(symbols_.size()));
  if (is_new) symbols_.push_back(bytes);
  return known->second;
}

bool PairCounts::comes_later(const Candidate& a, const Candidate& b) const {
  if (a.count != b.count) return a.count < b.count;
  if (a.pair.first != b.pair.first) return symbols_[a.pair.first] > symbols_[b.pair.first];
  return symbols_[a.pair.second] > symbols_[b.pair.second];
}

void PairCounts::push(Candidate candidate) {
  const auto& [left, right] = candidate.pair;
  if (symbols_[left].size() + symbols_[right].size() > kMaxSymbolBytes) return;
  heap_.push_back(candidate);
  std::push_heap(heap_.begin(), heap_.end(),
                 [this](const Candidate& a, const Candidate& b) { return comes_later(a, b); });
}

PairCounts::Candidate PairCounts::pop() {
  std::pop_heap(heap_.begin(), heap_.end(),
                [this](const Candidate& a, const Candidate& b) { return comes_later(a, b); });
  const Candidate top = heap_.back();
  heap_.pop_back();
  return top;
}

std::string train_bpe(std::span<const ByteView> texts, std::size_t vocabulary_size) {
  if (vocabulary_size < kMinBpeVocabulary || vocabulary_size > kMaxBpeVocabulary) {
    throw usage_error(
        fmt::format("a vocabulary of {} tokens: it takes {} (the bytes and the end "
                    "of text) to {}",
                    vocabulary_size, kMinBpeVocabulary, kMaxBpeVocabulary));
  }
  PairCounts pairs(count_words(texts));
  std::vector<PairCounts::Pair> merges;
  while (pairs.symbols().size() + kControlTokens < vocabulary_size) {
    check_interrupt();
    const std::optional<PairCounts::Pair> pair = pairs.most_frequent();
    if (!pair) break;
    pairs.merge(*pair);
    merges.push_back(*pair);
  }
  return write_json(pairs.symbols(), merges);
}

}  // namespace zipdream
