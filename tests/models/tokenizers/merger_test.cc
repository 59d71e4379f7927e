// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/merger.h"

#include <gtest/gtest.h>

#include <optional>

#include "zipdream/random.h"

namespace zipdream {
namespace {

// The rule itself: of all neighbours the lowest rank, of equals the leftmost, again and again.
std::vector<Symbol> merge_slowly(const PairTable& table, std::vector<Symbol> word) {
  for (;;) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i + 1 < word.size(); ++i) {
      const PairMerge* merge = table.find(word[i], word[i + 1]);
      if (merge == nullptr) continue;
      if (!best || merge->rank < table.find(word[*best], word[*best + 1])->rank) best = i;
    }
    if (!best) return word;
    word[*best] = table.find(word[*best], word[*best + 1])->merged;
    word.erase(word.begin() + static_cast<std::ptrdiff_t>(*best) + 1);
  }
}

TEST(Merger, DoesWhatTheRuleSaysOnRandomVocabularies) {
  Rng rng(7);
  const auto below = [&](std::uint64_t count) { return static_cast<Symbol>(rng.next() % count); };
  for (int round = 0; round < 300; ++round) {
    PairTable table(40);
    // Ranks in any order, several pairs of one rank: more than trained vocabularies have.
    for (Symbol merged = 3; merged < 43; ++merged) {
      table.set(below(merged), below(merged), {below(20), merged});
    }
    std::vector<Symbol> word(below(60));
    for (Symbol& symbol : word) symbol = below(3);
    Merger merger(table);
    std::vector<Symbol> merged;
    merger.merge(word, merged);
    EXPECT_EQ(merged, merge_slowly(table, word));
  }
}

TEST(Merger, TakesAWordOfAMegabyte) {
  PairTable table(20);
  for (Symbol s = 0; s < 20; ++s) table.set(s, s, {s, s + 1});
  Merger merger(table);
  std::vector<Symbol> merged;
  merger.merge(std::vector<Symbol>(std::size_t{1} << 20, 0), merged);
  EXPECT_EQ(merged, std::vector<Symbol>{20});
}

}  // namespace
}  // namespace zipdream
