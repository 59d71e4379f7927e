// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/train_bpe.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

#include "base/process.h"
#include "models/tokenizers/byte_level.h"
#include "models/tokenizers/pair_counts.h"
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
    for_each_word(text, {WordRules::Pattern::kGpt2}, [&](ByteView word) {
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

}  // namespace

std::string train_bpe(std::span<const ByteView> texts, std::size_t vocabulary_size) {
  if (vocabulary_size < kSmallestBpeVocabulary || vocabulary_size > kLargestBpeVocabulary) {
    throw usage_error(
        fmt::format("a vocabulary of {} tokens: it takes {} (the bytes and the end "
                    "of text) to {}",
                    vocabulary_size, kSmallestBpeVocabulary, kLargestBpeVocabulary));
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
