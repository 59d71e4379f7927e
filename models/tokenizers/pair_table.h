// SPDX-License-Identifier: Apache-2.0
// What two neighbouring symbols merge to: a hash table with open addressing, since the merging of a
// megabyte asks it millions of times.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zipdream/predictor.h"

namespace zipdream {

struct PairMerge {
  std::uint32_t rank;  // lower merges first
  Symbol merged;
};

class PairTable {
 public:
  // Room for `count` pairs. REQUIRES: no more are set.
  explicit PairTable(std::size_t count) : slots_(std::bit_ceil(2 * count + 1)) {}

  // What was set before for the same pair gives way.
  void set(Symbol left, Symbol right, PairMerge merge) {
    slots_[slot_of(key_of(left, right))] = {key_of(left, right), merge};
  }

  // Null: they don't merge. Valid until set().
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

}  // namespace zipdream
