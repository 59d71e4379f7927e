// SPDX-License-Identifier: Apache-2.0
// The lengths of one text followed by each next byte, in levels 4 to 9; what they have in common is
// done once. The essay is in exact_session.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codecs/deflate/block.h"
#include "codecs/deflate/parser.h"

namespace zipdream::deflate {

class NextBytes {
 public:
  // Memory that one NextBytes after another may use, so that it is not allocated for each.
  class Scratch;

  // REQUIRES: `window`, `state` and `scratch` stay as they are; state is as advance() left it;
  // !near_edge(state, window.end() + 1); effort.is_lazy.
  NextBytes(const Effort& effort, const Window& window, const ParseState& state, Scratch& scratch);

  // The length in bits of the stream that ends with `next`.
  [[nodiscard]] std::uint64_t bits_with(Byte next);

 private:
  static constexpr int kUnmatched = -1;  // for a byte that no match goes on with

  struct Extension {
    Byte next;
    Position begin;
  };
  // What a search at one position finds, whatever byte comes next.
  struct Found {
    bool known = false;
    Match match;                        // in the text as it is
    std::vector<Extension> extensions;  // the first position of the chain that goes on with a byte
  };

  void parse(int next, Block& block);
  [[nodiscard]] Match look_up(Position at, int best, int next);
  [[nodiscard]] Found& found_at(Position at, bool quarter);
  void search(Position at, bool quarter, Found& found) const;
  [[nodiscard]] Match short_match(Byte next) const;

  const Effort& effort_;
  const Window& window_;
  const ParseState& state_;
  Position end_;                     // of the text, where the next byte goes
  std::span<Found> found_;           // two for each position from state_.at
  std::array<bool, 256> extends_{};  // bytes whose parse may be another than the unmatched one
  bool unmatched_looks_at_last_two_ = false;
  Block unmatched_;  // the text's block without the next byte
  std::optional<WithOneMoreLiteral> one_more_;
};

class NextBytes::Scratch {
  friend NextBytes;
  std::span<Found> cleared(std::size_t count);  // that know nothing yet

  std::vector<Found> found_;
};

}  // namespace zipdream::deflate
