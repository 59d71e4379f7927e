// SPDX-License-Identifier: Apache-2.0
// SentencePiece's BPE names no merges: neighbours merge whose bytes together are a token.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "models/tokenizers/vocabulary_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Each token is looked at in all its halves, so their length is what the time grows with.
constexpr std::size_t kMaxTokenBytes = 256;

// The highest score first; equal scores get equal ranks.
std::vector<std::uint32_t> ranks_of(std::span<const float> scores) {
  std::vector<float> order(scores.begin(), scores.end());
  std::sort(order.begin(), order.end(), std::greater<>());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  std::vector<std::uint32_t> ranks;
  for (const float score : scores) {
    const auto place = std::lower_bound(order.begin(), order.end(), score, std::greater<>());
    ranks.push_back(static_cast<std::uint32_t>(place - order.begin()));
  }
  return ranks;
}

}  // namespace

void add_merges_of_scores(std::span<const float> scores, Symbol first, const std::string& where,
                          BpeParts& parts) {
  const auto nan =
      std::find_if(scores.begin(), scores.end(), [](float x) { return std::isnan(x); });
  if (nan != scores.end()) {
    throw Error(where + ": the score of token " + std::to_string(nan - scores.begin()) +
                " is not a number");
  }
  const std::vector<std::uint32_t> ranks = ranks_of(scores);
  std::unordered_map<std::string_view, Symbol> by_bytes;
  for (Symbol s = first; s < parts.tokens.size(); ++s) {
    const BpeToken& token = parts.tokens[s];
    const bool is_byte = fallback_byte(token.name).has_value();
    if (token.kind == BpeToken::Kind::kMerged && !is_byte) by_bytes.emplace(token.bytes, s);
  }
  for (const auto& [bytes, symbol] : by_bytes) {
    if (bytes.size() > kMaxTokenBytes) continue;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      const auto left = by_bytes.find(bytes.substr(0, cut));
      const auto right = by_bytes.find(bytes.substr(cut));
      if (left == by_bytes.end() || right == by_bytes.end()) continue;
      parts.merges.push_back({left->second, right->second, symbol, ranks[symbol]});
    }
  }
}

}  // namespace zipdream
