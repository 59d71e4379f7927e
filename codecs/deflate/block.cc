// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block.h"

#include <algorithm>
#include <vector>

namespace zipdream::deflate {
namespace {

constexpr int kKindBits = 3;  // whether it is the last block, and how it is written

// One word is made from the one before. Words made from counters (splitmix64 of 1, 2, 3...) won't
// do: of those, twice one is often another, and then different blocks have equal sums.
constexpr auto kKeys = [] {
  std::array<std::uint64_t, kLiterals + kDistances> keys{};
  std::uint64_t state = 0x9e3779b97f4a7c15;
  for (std::uint64_t& key : keys) {
    for (int round = 0; round < 3; ++round) {
      state ^= state >> 30;
      state *= 0xbf58476d1ce4e5b9;
      state ^= state >> 27;
      state *= 0x94d049bb133111eb;
      state ^= state >> 31;
      state += 0x2545f4914f6cdd1d;
    }
    key = state;
  }
  return keys;
}();

// ---- the cost of dynamic codes ----

constexpr int kMaxCodeLength = 15;

// The latest answers by key; newer ones take the place of older ones.
class Cache {
 public:
  explicit Cache(std::size_t size) : entries_(size) {}

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

Cache& block_cache() {
  static thread_local Cache cache(8192);
  return cache;
}

std::uint32_t cached_header_bits(const LengthCounts& counts) {
  static thread_local Cache cache(2048);
  std::uint64_t key = 1;
  for (int i = 0; i < kLengthCodes; ++i) key += counts[i] * literal_key(i);
  return cache.get(key, [&] { return header_bits(counts); });
}

std::uint32_t code_bits(const Leaves& leaves, HuffmanCode& code, LengthCounts& counts) {
  code.build(leaves.view(), kMaxCodeLength);
  count_lengths(leaves.view(), code.lengths(), counts);
  return code.bits() - static_cast<std::uint32_t>(leaves.added);
}

}  // namespace

std::uint64_t literal_key(int symbol) { return kKeys[symbol]; }
std::uint64_t distance_key(int symbol) { return kKeys[kLiterals + symbol]; }

void Block::add_literal(Byte byte) {
  ++literals[byte];
  ++symbols;
  fixed_bits += static_cast<std::uint32_t>(fixed_literal_bits(byte));
  key += literal_key(byte);
}

void Block::add_match(int length, Position distance) {
  const Symbol of_length = length_symbol(length);
  const Symbol of_distance = distance_symbol(distance);
  ++literals[of_length.symbol];
  ++distances[of_distance.symbol];
  ++symbols;
  extra_bits += of_length.extra + of_distance.extra;
  fixed_bits +=
      static_cast<std::uint32_t>(fixed_literal_bits(of_length.symbol) + kFixedDistanceBits);
  key += literal_key(of_length.symbol) + distance_key(of_distance.symbol);
}

BlockForm form_of_block(const BlockPlace& place, std::uint64_t fixed_bits,
                        std::uint64_t dynamic_bits) {
  const std::uint64_t dynamic_bytes = (dynamic_bits + kKindBits + 7) / 8;
  const std::uint64_t fixed_bytes = (fixed_bits + kKindBits + 7) / 8;
  if (place.may_store && place.input_bytes + 4 <= std::min(fixed_bytes, dynamic_bytes)) {
    return BlockForm::kStored;
  }
  return fixed_bytes <= dynamic_bytes ? BlockForm::kFixed : BlockForm::kDynamic;
}

std::uint64_t end_of_block(const BlockPlace& place, std::uint64_t fixed_bits,
                           std::uint64_t dynamic_bits) {
  const BlockForm form = form_of_block(place, fixed_bits, dynamic_bits);
  if (form == BlockForm::kStored) {
    return (place.begin_bit + kKindBits + 7) / 8 * 8 + 8 * (4 + place.input_bytes);
  }
  return place.begin_bit + kKindBits + (form == BlockForm::kFixed ? fixed_bits : dynamic_bits);
}

std::uint32_t dynamic_bits(const Block& block) {
  return block_cache().get(block.key, [&block] {
    HuffmanCode code;
    LengthCounts counts{};
    const std::uint32_t literals = code_bits(Leaves(block.literals), code, counts);
    const std::uint32_t distances = code_bits(Leaves(block.distances), code, counts);
    return literals + distances + cached_header_bits(counts);
  });
}

Leaves::Leaves(std::span<const std::uint16_t> counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) leaves[size++] = {static_cast<std::uint16_t>(i), counts[i]};
  }
  added = add_missing_leaves(leaves.data(), size);
  size += added;
}

WithOneMoreLiteral::WithOneMoreLiteral(const Block& block)
    : block_(block), literals_(block.literals) {
  const Leaves distances(block.distances);
  distance_bits_ = code_bits(distances, code_, distance_part_);
  code_.build_and_look_ahead(literals_.view(), kMaxCodeLength);
  LengthCounts counts = distance_part_;
  count_lengths(literals_.view(), code_.lengths(), counts);
  header_bits_ = cached_header_bits(counts);
  int leaf = 0;
  for (int literal = 0; literal < 256; ++literal) {
    const bool present = literals_.leaves[leaf].symbol == literal;
    leaf_of_[literal] = static_cast<std::int16_t>(present ? leaf : -1 - leaf);
    leaf += present ? 1 : 0;
  }
}

std::uint32_t WithOneMoreLiteral::bits_with(Byte literal) {
  const int leaf = leaf_of_[literal];
  if (leaf >= 0 && literals_.added == 0 && code_.stays_after(leaf)) {
    return distance_bits_ + header_bits_ + code_.bits() + code_.lengths()[leaf];
  }
  return block_cache().get(block_.key + literal_key(literal),
                           [this, literal] { return measure(literal); });
}

std::uint32_t WithOneMoreLiteral::measure(Byte literal) {
  if (literals_.added > 0) {
    Block block = block_;
    block.add_literal(literal);
    HuffmanCode code;
    LengthCounts counts = distance_part_;
    const std::uint32_t bits = code_bits(Leaves(block.literals), code, counts);
    return distance_bits_ + bits + cached_header_bits(counts);
  }
  const int leaf = leaf_of_[literal];
  return distance_bits_ + (leaf >= 0 ? measure_present(leaf) : measure_absent(literal));
}

std::uint32_t WithOneMoreLiteral::measure_present(int leaf) {
  gap_ = -1;
  ++literals_.leaves[leaf].count;
  more_.build(literals_.view(), kMaxCodeLength);
  --literals_.leaves[leaf].count;
  const bool same = std::equal(more_.lengths().begin(), more_.lengths().end(),
                               code_.lengths().begin(), code_.lengths().end());
  return more_.bits() + (same ? header_bits_ : header_with(more_.lengths()));
}

std::uint32_t WithOneMoreLiteral::measure_absent(Byte literal) {
  const int gap = -1 - leaf_of_[literal];
  const auto begin = literals_.leaves.begin();
  std::copy_backward(begin + gap, begin + literals_.size, begin + literals_.size + 1);
  literals_.leaves[gap] = {literal, 1};
  ++literals_.size;
  if (gap_ != gap) more_.build(literals_.view(), kMaxCodeLength);
  gap_ = gap;
  const std::uint32_t bits = more_.bits() + header_with(more_.lengths());
  --literals_.size;
  std::copy(begin + gap + 1, begin + literals_.size + 1, begin + gap);
  return bits;
}

std::uint32_t WithOneMoreLiteral::header_with(std::span<const std::uint8_t> lengths) const {
  LengthCounts counts = distance_part_;
  count_lengths(literals_.view(), lengths, counts);
  return cached_header_bits(counts);
}

CodeLengths fixed_code_lengths() {
  CodeLengths result;
  for (int symbol = 0; symbol < kLiterals; ++symbol) {
    result.literals[symbol] = static_cast<std::uint8_t>(fixed_literal_bits(symbol));
  }
  result.distances.fill(kFixedDistanceBits);
  return result;
}

}  // namespace zipdream::deflate
