// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block_cost.h"

#include <array>
#include <span>

#include "codecs/deflate/code_header.h"
#include "codecs/deflate/huffman.h"

namespace zipdream::deflate {
namespace {

constexpr int kLongestCode = 15;

// The symbols of one alphabet that occur.
struct Leaves {
  explicit Leaves(std::span<const std::uint16_t> counts) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] != 0) leaves[size++] = {static_cast<std::uint16_t>(i), counts[i]};
    }
    added = add_missing_leaves(leaves.data(), size);
    size += added;
  }
  [[nodiscard]] std::span<const Leaf> view() const {
    return {leaves.data(), static_cast<std::size_t>(size)};
  }
  std::array<Leaf, kMaxLeaves> leaves;
  int size = 0;
  int added = 0;  // not used by the block
};

std::uint32_t code_bits(const Leaves& leaves, HuffmanCode& code, LengthCounts& counts) {
  code.build(leaves.view(), kLongestCode);
  count_lengths(leaves.view(), code.lengths(), counts);
  return code.bits() - static_cast<std::uint32_t>(leaves.added);
}

}  // namespace

std::uint32_t dynamic_bits(const Block& block) {
  HuffmanCode code;
  LengthCounts counts{};
  const std::uint32_t literals = code_bits(Leaves(block.literals), code, counts);
  const std::uint32_t distances = code_bits(Leaves(block.distances), code, counts);
  return literals + distances + header_bits(counts);
}

}  // namespace zipdream::deflate
