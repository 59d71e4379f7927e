// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/parser.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "codecs/deflate/block.h"

namespace zipdream::deflate {
namespace {

constexpr Position kSlideStep = 32768;
constexpr Position kSlide = kSlideStep + kMaxDistance;  // from here the buffer may slide
constexpr Position kLookahead = kLongestMatch + 4;      // zlib refills its buffer below this

enum class Until { kEndShows, kEnd };

struct Search {
  Match match;
  bool saw_end = false;  // whether what lies behind the text could change the result
};

class Parser {
 public:
  Parser(const Effort& effort, Window& window, ParseState& state, Block* full, Until until)
      : effort_(effort),
        window_(window),
        state_(state),
        full_(full),
        end_(window.end()),
        until_(until) {}

  void run() {
    while (slide_if_due() && remaining() > 0 && (may_guess() || remaining() >= kShortestMatch)) {
      if (!(effort_.is_lazy ? step_lazily() : step_greedily())) return;
    }
    if (until_ == Until::kEnd && state_.literal_waits) {
      state_.block.add_literal(window_.at(state_.at - 1));  // a block that this fills is not ended
    }
  }

 private:
  [[nodiscard]] bool may_guess() const { return until_ == Until::kEnd; }
  [[nodiscard]] Position remaining() const { return end_ - state_.at; }

  // False if it depends on what follows.
  bool slide_if_due() {
    const Position offset = state_.at - state_.window_begin;
    if (offset < kSlide) return true;
    if (offset == kSlide && remaining() >= kLookahead) return true;
    if (offset == kSlide && !may_guess()) return false;
    state_.window_begin += kSlideStep;
    return true;
  }

  [[nodiscard]] Search search(int best) const {
    Search found{{best, 0}, false};
    const Position at = state_.at;
    const auto max_length = static_cast<int>(std::min<Position>(kLongestMatch, remaining()));
    if (best >= max_length) {
      found.saw_end = max_length == remaining();
      return found;
    }
    const int nice = std::min(effort_.nice, max_length);
    int left = best >= effort_.good ? effort_.chain / 4 : effort_.chain;
    std::uint16_t link = window_.link(at);
    Position other = at - link;
    Position lowest = lowest_match(state_.window_begin, at, true);
    while (link != 0 && other >= lowest) {
      lowest = lowest_match(state_.window_begin, at, false);
      if (window_.at(other + found.match.length) == window_.at(at + found.match.length)) {
        const int length = window_.common(other, at, max_length);
        found.saw_end |= length == remaining() && length < kLongestMatch;
        if (length > found.match.length) found.match = {length, other};
        if (found.match.length >= nice) break;
      }
      if (--left == 0) break;
      link = window_.link(other);
      other -= link;
    }
    return found;
  }

  bool step_lazily() {
    const Match before = state_.before;
    Search now;
    if (remaining() >= kShortestMatch && before.length < effort_.lazy) {
      now = search(before.length);
      if (now.saw_end && !may_guess()) return false;
      if (is_too_far(now.match, state_.at)) now.match.length = 2;
    }
    if (before.length >= kShortestMatch && now.match.length <= before.length) {
      state_.block.add_match(before.length, state_.at - 1 - before.begin);
      state_.at += before.length - 1;
      state_.literal_waits = false;
      state_.before = {};
      end_block_if_full();
      return true;
    }
    if (state_.literal_waits) {
      state_.block.add_literal(window_.at(state_.at - 1));
      end_block_if_full();
    }
    state_.literal_waits = true;
    state_.before = now.match;
    ++state_.at;
    return true;
  }

  bool step_greedily() {
    Search now;
    const bool can_match = remaining() >= kShortestMatch;
    if (can_match) {
      window_.insert(state_.at);
      now = search(2);
    }
    const int length = now.match.length;
    const bool is_match = length >= kShortestMatch;
    if (!may_guess() && (now.saw_end || (is_match && remaining() - length < kShortestMatch))) {
      window_.remove_last(state_.at);
      return false;
    }
    if (!is_match) {
      state_.block.add_literal(window_.at(state_.at));
      ++state_.at;
    } else {
      state_.block.add_match(length, state_.at - now.match.begin);
      if (length <= effort_.lazy && remaining() - length >= kShortestMatch) {
        for (int i = 1; i < length; ++i) window_.insert(state_.at + i);
      }
      state_.at += length;
    }
    end_block_if_full();
    return true;
  }

  void end_block_if_full() {
    if (state_.block.symbols < kBlockSymbols) return;
    state_.bits = end_of_open_block(state_, state_.at);
    if (full_ != nullptr) *full_ = state_.block;
    state_.block = Block();
    state_.block_begin = state_.at;
  }

  const Effort& effort_;
  Window& window_;
  ParseState& state_;
  Block* full_;  // where full blocks go, or null
  Position end_;
  Until until_;
};

constexpr std::array<Effort, 9> kEfforts = {{{4, 4, 8, 4, false},
                                             {4, 5, 16, 8, false},
                                             {4, 6, 32, 32, false},
                                             {4, 4, 16, 16, true},
                                             {8, 16, 32, 32, true},
                                             {8, 16, 128, 128, true},
                                             {8, 32, 128, 256, true},
                                             {32, 128, 258, 1024, true},
                                             {32, 258, 258, 4096, true}}};

}  // namespace

const Effort& effort_of(int level) {
  assert(1 <= level && level <= 9);
  return kEfforts[level - 1];
}

void advance(const Effort& effort, Window& window, ParseState& state, Block* full) {
  Parser(effort, window, state, full, Until::kEndShows).run();
}

void parse_to_end(const Effort& effort, Window& window, ParseState& state, Block* full) {
  Parser(effort, window, state, full, Until::kEnd).run();
}

std::uint64_t finish(const Effort& effort, Window& window, ParseState& state) {
  parse_to_end(effort, window, state);
  return end_of_open_block(state, window.end());
}

bool near_edge(const ParseState& state, Position end) {
  return end - state.window_begin >= kSlide ||
         state.block.symbols + (end - state.at) + 1 >= kBlockSymbols;
}

BlockPlace place_of_open_block(const ParseState& state, Position end) {
  return {.begin_bit = state.bits,
          .input_bytes = static_cast<std::uint64_t>(end - state.block_begin),
          .may_store = state.block_begin >= state.window_begin};
}

std::uint64_t end_of_open_block(const ParseState& state, Position end) {
  return end_of_block(place_of_open_block(state, end),
                      state.block.fixed_bits + state.block.extra_bits,
                      dynamic_bits(state.block) + state.block.extra_bits);
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
