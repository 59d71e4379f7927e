// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block.h"

#include <algorithm>

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

}  // namespace zipdream::deflate
