// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block_follower.h"

#include <algorithm>

namespace zipdream::deflate {

CodeLengths fixed_code_lengths() {
  CodeLengths result;
  for (int symbol = 0; symbol < kLiterals; ++symbol) {
    result.literals[symbol] = static_cast<std::uint8_t>(fixed_literal_bits(symbol));
  }
  result.distances.fill(kFixedDistanceBits);
  return result;
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

}  // namespace zipdream::deflate
