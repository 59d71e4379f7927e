// SPDX-License-Identifier: Apache-2.0
// zlib's parse of a text into literals and matches, resumable: it goes as far as every continuation
// of the text would have it go, and from there to the end on a copy.
#pragma once

#include <algorithm>
#include <cstdint>

#include "codecs/deflate/block.h"
#include "codecs/deflate/window.h"

namespace zipdream::deflate {

// What a level means; see deflate's configuration table in zlib's documentation of deflateTune().
struct Effort {
  int good;      // a match this long lets the next search look at a quarter of the chain
  int lazy;      // a match this long lets no search follow; in levels 1 to 3, how long a match's
                 // inside enters the chains
  int nice;      // a match this long ends the search
  int chain;     // how many positions a search looks at
  bool is_lazy;  // levels 4 to 9: a match is taken only if the next position has no longer one
};
[[nodiscard]] const Effort& effort_of(int level);

// A match that a search found.
struct Match {
  int length = 2;  // less than 3: none
  Position begin = 0;
};

// Whether zlib does without a match because three bytes so far back cost more than literals.
[[nodiscard]] inline bool is_too_far(const Match& match, Position at) {
  return match.length == kShortestMatch && at - match.begin > 4096;
}

// The lowest position that a search at `at` may look at; the first of its chain may lie one lower
// still. The first position of zlib's buffer is its mark for the end of a chain.
[[nodiscard]] inline Position lowest_match(Position window_begin, Position at, bool first) {
  return std::max(window_begin + 1, at - kMaxDistance + (first ? 0 : 1));
}

// Where the parser stands. 0.7 KB; a copy is independent.
struct ParseState {
  Position at = 0;
  Match before;                // lazy levels: the match at at - 1, not yet taken
  bool literal_waits = false;  // lazy levels: the byte at at - 1 has no symbol yet
  Position block_begin = 0;
  Position window_begin = 0;  // of zlib's 64 KB buffer, which slides by 32 KB
  std::uint64_t bits = 0;     // of the blocks before this
  Block block;
};

// Goes on while the end of the text does not show: `state` is then that of every continuation. If
// blocks get full, `*full`, unless null, becomes what the last of them holds.
void advance(const Effort& effort, Window& window, ParseState& state, Block* full = nullptr);

// Goes on to the end of the text; `state` can't go on from there. If blocks get full, `*full`,
// unless null, becomes what the last of them holds.
void parse_to_end(const Effort& effort, Window& window, ParseState& state, Block* full = nullptr);

// Goes on to the end of the text and returns the length of the stream in bits. Both arguments are
// used up.
[[nodiscard]] std::uint64_t finish(const Effort& effort, Window& window, ParseState& state);

// Whether zlib's buffer may slide, or the block become full, within `count` bytes of the end of a
// text that ends at `end`.
[[nodiscard]] bool near_edge(const ParseState& state, Position end);

// Where the open block, if it ended at `end`, is in the stream.
[[nodiscard]] BlockPlace place_of_open_block(const ParseState& state, Position end);

// The bit at which the open block ends, if it ended at `end`, given all that it holds.
[[nodiscard]] std::uint64_t end_of_open_block(const ParseState& state, Position end);

// The block that zlib is in after some text: how often each symbol occurs there, known without
// writing the block. Follows zlib 1.2.13 (exact_session.h), whichever zlib is here, through a text.
// Copies are independent and cost some 2 KB. Threads: one at a time may call append(); const
// members may be called from many.
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
