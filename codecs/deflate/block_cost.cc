// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block_cost.h"

#include <algorithm>
#include <vector>

namespace zipdream::deflate {
namespace {

constexpr int kLongestCode = 15;

// The latest answers by key; newer ones take the place of older ones.
class Memory {
 public:
  explicit Memory(std::size_t size) : entries_(size) {}

  template <typename Measure>
  std::uint32_t get(std::uint64_t key, const Measure& measure) {
    Entry& entry = entries_[key % entries_.size()];
    if (entry.bits == 0 || entry.key != key) entry = {key, measure()};
    return entry.bits;
  }

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t bits = 0;  // no block has none
  };
  std::vector<Entry> entries_;
};

Memory& blocks_in_memory() {
  static thread_local Memory memory(8192);
  return memory;
}

std::uint32_t remembered_header_bits(const LengthCounts& counts) {
  static thread_local Memory memory(2048);
  std::uint64_t key = 1;
  for (int i = 0; i < kLengthCodes; ++i) key += counts[i] * literal_key(i);
  return memory.get(key, [&] { return header_bits(counts); });
}

std::uint32_t code_bits(const Leaves& leaves, HuffmanCode& code, LengthCounts& counts) {
  code.build(leaves.view(), kLongestCode);
  count_lengths(leaves.view(), code.lengths(), counts);
  return code.bits() - static_cast<std::uint32_t>(leaves.added);
}

}  // namespace

std::uint32_t dynamic_bits(const Block& block) {
  return blocks_in_memory().get(block.key, [&block] {
    HuffmanCode code;
    LengthCounts counts{};
    const std::uint32_t literals = code_bits(Leaves(block.literals), code, counts);
    const std::uint32_t distances = code_bits(Leaves(block.distances), code, counts);
    return literals + distances + remembered_header_bits(counts);
  });
}

Leaves::Leaves(std::span<const std::uint16_t> counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) leaves[size++] = {static_cast<std::uint16_t>(i), counts[i]};
  }
  added = add_missing_leaves(leaves.data(), size);
  size += added;
}

OneMore::OneMore(const Block& block) : block_(block), literals_(block.literals) {
  const Leaves distances(block.distances);
  distance_bits_ = code_bits(distances, code_, distance_part_);
  code_.build_and_look_ahead(literals_.view(), kLongestCode);
  LengthCounts counts = distance_part_;
  count_lengths(literals_.view(), code_.lengths(), counts);
  header_bits_ = remembered_header_bits(counts);
  int leaf = 0;
  for (int literal = 0; literal < 256; ++literal) {
    const bool present = literals_.leaves[leaf].symbol == literal;
    leaf_of_[literal] = static_cast<std::int16_t>(present ? leaf : -1 - leaf);
    leaf += present ? 1 : 0;
  }
}

std::uint32_t OneMore::bits_with(Byte literal) {
  const int leaf = leaf_of_[literal];
  if (leaf >= 0 && literals_.added == 0 && code_.stays_after(leaf)) {
    return distance_bits_ + header_bits_ + code_.bits() + code_.lengths()[leaf];
  }
  return blocks_in_memory().get(block_.key + literal_key(literal),
                                [this, literal] { return measure(literal); });
}

std::uint32_t OneMore::measure(Byte literal) {
  if (literals_.added > 0) {
    Block block = block_;
    block.add_literal(literal);
    HuffmanCode code;
    LengthCounts counts = distance_part_;
    const std::uint32_t bits = code_bits(Leaves(block.literals), code, counts);
    return distance_bits_ + bits + remembered_header_bits(counts);
  }
  const int leaf = leaf_of_[literal];
  return distance_bits_ + (leaf >= 0 ? measure_present(leaf) : measure_absent(literal));
}

std::uint32_t OneMore::measure_present(int leaf) {
  gap_ = -1;
  ++literals_.leaves[leaf].count;
  more_.build(literals_.view(), kLongestCode);
  --literals_.leaves[leaf].count;
  const bool same = std::ranges::equal(more_.lengths(), code_.lengths());
  return more_.bits() + (same ? header_bits_ : header_with(more_.lengths()));
}

std::uint32_t OneMore::measure_absent(Byte literal) {
  const int gap = -1 - leaf_of_[literal];
  const auto begin = literals_.leaves.begin();
  std::copy_backward(begin + gap, begin + literals_.size, begin + literals_.size + 1);
  literals_.leaves[gap] = {literal, 1};
  ++literals_.size;
  if (gap_ != gap) more_.build(literals_.view(), kLongestCode);
  gap_ = gap;
  const std::uint32_t bits = more_.bits() + header_with(more_.lengths());
  --literals_.size;
  std::copy(begin + gap + 1, begin + literals_.size + 1, begin + gap);
  return bits;
}

std::uint32_t OneMore::header_with(std::span<const std::uint8_t> lengths) const {
  LengthCounts counts = distance_part_;
  count_lengths(literals_.view(), lengths, counts);
  return remembered_header_bits(counts);
}

}  // namespace zipdream::deflate
