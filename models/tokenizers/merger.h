// SPDX-License-Identifier: Apache-2.0
// The merging of one word by a table of pairs.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zipdream/predictor.h"

namespace zipdream {

struct PairMerge {
  std::uint32_t rank;  // lower merges first
  Symbol merged;
};

// What two neighbouring symbols merge to: a hash table with open addressing, since the merging of a
// megabyte asks it millions of times.
class PairTable {
 public:
  // REQUIRES: no more than `count` pairs are set.
  explicit PairTable(std::size_t count) : slots_(std::bit_ceil(2 * count + 1)) {}

  // Replaces what was set for the same pair before.
  void set(Symbol left, Symbol right, PairMerge merge) {
    slots_[slot_of(key_of(left, right))] = {key_of(left, right), merge};
  }

  // Null if the two don't merge. Valid until set().
  [[nodiscard]] const PairMerge* find(Symbol left, Symbol right) const {
    const Slot& slot = slots_[slot_of(key_of(left, right))];
    return slot.key == kFree ? nullptr : &slot.merge;
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kFree;
    PairMerge merge{};
  };

  static std::uint64_t key_of(Symbol left, Symbol right) {
    return std::uint64_t{left} << 32 | right;
  }

  // The slot that holds the key, or the free one where it belongs; at least half are free.
  std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(key * 0x9E3779B97F4A7C15U >> 20) & mask;
    while (slots_[slot].key != kFree && slots_[slot].key != key) slot = (slot + 1) & mask;
    return slot;
  }

  std::vector<Slot> slots_;
};

// Symbols are a list with links, so that a merge takes constant time; mergeable neighbours wait in
// a heap by rank and place: O(n log n) for a word of any length. Keeps its memory from word to
// word. Threads: one at a time.
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
