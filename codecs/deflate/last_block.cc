// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/last_block.h"

#include <algorithm>

#include "codecs/deflate/block.h"

namespace zipdream::deflate {
namespace {

constexpr int kMaxCodeLength = 15;

void list_lengths(std::span<const std::uint16_t> counts, std::span<std::uint8_t> lengths) {
  const Leaves leaves(counts);
  HuffmanCode code;
  code.build(leaves.view(), kMaxCodeLength);
  for (int i = 0; i < leaves.size; ++i) lengths[leaves.leaves[i].symbol] = code.lengths()[i];
}

}  // namespace

CodeLengths dynamic_code_lengths(const Block& block) {
  CodeLengths result;
  list_lengths(block.literals, result.literals);
  list_lengths(block.distances, result.distances);
  return result;
}

CodeLengths fixed_code_lengths() {
  CodeLengths result;
  for (int symbol = 0; symbol < kLiterals; ++symbol) {
    result.literals[symbol] = static_cast<std::uint8_t>(fixed_literal_bits(symbol));
  }
  result.distances.fill(kFixedDistanceBits);
  return result;
}

CodeLengths LastBlock::code_lengths() const {
  return form == BlockForm::kFixed ? fixed_code_lengths() : dynamic_code_lengths(block);
}

BlockFollower::BlockFollower(int level) : effort_(effort_of(level)), window_(effort_.is_lazy) {}

void BlockFollower::append(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min<std::size_t>(bytes.size(), kMaxAppended));
    bytes = bytes.subspan(piece.size());
    window_.append(piece, state_.at);
    advance(effort_, window_, state_, &full_);
    window_.tidy(state_.at);
  }
}

LastBlock BlockFollower::last_block() const {
  Window window(window_);
  ParseState state(state_);
  LastBlock last;
  last.block_before = full_;
  parse_to_end(effort_, window, state, &last.block_before);
  last.block = state.block;
  last.form = form_of_block(place_of_open_block(state, window.end()),
                            state.block.fixed_bits + state.block.extra_bits,
                            dynamic_bits(state.block) + state.block.extra_bits);
  return last;
}

}  // namespace zipdream::deflate
