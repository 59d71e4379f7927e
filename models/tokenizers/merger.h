// SPDX-License-Identifier: Apache-2.0
// The merging of one word. Symbols are a list with links, so that a merge takes constant time;
// mergeable neighbours wait in a heap by rank and place: O(n log n) for a word of any length.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/tokenizers/pair_table.h"

namespace zipdream {

// Keeps its memory from word to word. Threads: one at a time.
class Merger {
 public:
  // REQUIRES: the table outlives the merger.
  explicit Merger(const PairTable& table) : table_(&table) {}

  // Appends what the smallest symbols of a word merge to. REQUIRES: fewer than 2^32 - 1 symbols.
  void merge(std::span<const Symbol> word, std::vector<Symbol>& out);

 private:
  struct Link {
    Symbol symbol;
    std::uint32_t previous;
    std::uint32_t next;
    bool merged_away;
  };

  void offer(std::uint32_t left);
  void merge_at(std::uint32_t left, Symbol merged);

  const PairTable* table_;
  std::vector<Link> links_;
  // rank << 32 | place of the left one; the smallest on top. An entry whose neighbours have merged
  // with others since is found out when it comes up: the pair now there has another rank.
  std::vector<std::uint64_t> heap_;
};

}  // namespace zipdream
