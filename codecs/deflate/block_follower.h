// SPDX-License-Identifier: Apache-2.0
// The block that zlib is in after some text: how often each symbol occurs there, known without
// writing the block; and the lengths of its codes, which predictors read.
//
// Follows zlib 1.2.13 (exact_session.h), whichever zlib is here.
#pragma once

#include <array>
#include <cstdint>

#include "codecs/deflate/block.h"
#include "codecs/deflate/parser.h"
#include "codecs/deflate/window.h"

namespace zipdream::deflate {

// Lengths in bits by symbol, 0 for symbols without a code. Each array is a complete prefix code;
// the fixed ones are with two more symbols, literals of 8 bits and distances of 5, that never
// occur.
struct CodeLengths {
  std::array<std::uint8_t, kLiterals> literals{};
  std::array<std::uint8_t, kDistances> distances{};
};

// RFC 1951, section 3.2.6.
[[nodiscard]] CodeLengths fixed_code_lengths();

// Follows zlib through a text. Copies are independent and cost some 2 KB.
// Threads: one at a time may call append(); const members may be called from many.
class BlockFollower {
 public:
  // REQUIRES: 1 <= level <= 9.
  explicit BlockFollower(int level);

  // The view need not outlive the call.
  void append(ByteView bytes);

  // The symbols of the open block that every continuation of the text has; a few are still to come.
  [[nodiscard]] const Block& settled() const { return state_.block; }
  // The full block before; empty, symbols == 0, if there is none.
  [[nodiscard]] const Block& full() const { return full_; }

 private:
  const Effort& effort_;
  Window window_;
  ParseState state_;
  Block full_;  // the last one that got full
};

}  // namespace zipdream::deflate
