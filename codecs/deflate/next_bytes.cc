// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/next_bytes.h"

#include <algorithm>
#include <cassert>

namespace zipdream::deflate {

std::span<NextBytes::Found> NextBytes::Scratch::cleared(std::size_t count) {
  if (found_.size() < count) found_.resize(count);
  const std::span<Found> all = std::span(found_).first(count);
  for (Found& found : all) {
    found.known = false;
    found.match = {};
    found.extensions.clear();
  }
  return all;
}

NextBytes::NextBytes(const Effort& effort, const Window& window, const ParseState& state,
                     Scratch& scratch)
    : effort_(effort),
      window_(window),
      state_(state),
      end_(window.end()),
      found_(scratch.cleared(2 * static_cast<std::size_t>(end_ - state.at))),
      unmatched_(state.block) {
  assert(effort.is_lazy && !near_edge(state, end_ + 1));
  parse(kUnmatched, unmatched_);
  one_more_.emplace(unmatched_);
}

std::uint64_t NextBytes::bits_with(Byte next) {
  const bool is_unmatched = !extends_[next] && !(unmatched_looks_at_last_two_ &&
                                                 short_match(next).length >= kShortestMatch);
  Block own;
  if (!is_unmatched) {
    own = state_.block;
    parse(next, own);
  }
  const Block& block = is_unmatched ? unmatched_ : own;
  const std::uint32_t fixed_bits =
      block.fixed_bits + (is_unmatched ? static_cast<std::uint32_t>(fixed_literal_bits(next)) : 0U);
  const std::uint32_t dynamic = is_unmatched ? one_more_->bits_with(next) : dynamic_bits(own);
  const BlockPlace place{.begin_bit = state_.bits,
                         .input_bytes = static_cast<std::uint64_t>(end_ + 1 - state_.block_begin),
                         .may_store = state_.block_begin >= state_.window_begin};
  return end_of_block(place, fixed_bits + block.extra_bits, dynamic + block.extra_bits);
}

// Parses as Parser::step_lazily() does, to the end of the text and `next`; for an unmatched byte
// without the literal that the byte then is.
void NextBytes::parse(int next, Block& block) {
  Position at = state_.at;
  Match before = state_.before;
  bool literal_waits = state_.literal_waits;
  while (at <= end_) {
    Match now;
    if (end_ + 1 - at >= kShortestMatch && before.length < effort_.lazy) {
      now = look_up(at, before.length, next);
    }
    if (before.length >= kShortestMatch && now.length <= before.length) {
      block.add_match(before.length, at - 1 - before.begin);
      at += before.length - 1;
      literal_waits = false;
      before = {};
      continue;
    }
    if (literal_waits) block.add_literal(window_.at(at - 1));
    literal_waits = true;
    before = now;
    ++at;
  }
  if (literal_waits && next != kUnmatched) block.add_literal(static_cast<Byte>(next));
}

// The match that zlib finds at `at` after one of length `best`.
Match NextBytes::look_up(Position at, int best, int next) {
  const Position size = end_ - at;
  if (best >= std::min<Position>(kLongestMatch, size + 1)) return {};
  if (size == 2) {
    if (next != kUnmatched) return short_match(static_cast<Byte>(next));
    unmatched_looks_at_last_two_ = true;
    return {};
  }
  const Found& found = found_at(at, best >= effort_.good);
  Match match = found.match;
  for (const Extension& extension : found.extensions) {
    if (next == kUnmatched) {
      extends_[extension.next] = true;
    } else if (extension.next == next) {
      match = {static_cast<int>(size) + 1, extension.begin};
    }
  }
  return match.length > best && !is_too_far(match, at) ? match : Match{};
}

NextBytes::Found& NextBytes::found_at(Position at, bool quarter) {
  Found& found = found_[2 * static_cast<std::size_t>(at - state_.at) + (quarter ? 1 : 0)];
  if (!found.known) search(at, quarter, found);
  return found;
}

void NextBytes::search(Position at, bool quarter, Found& found) const {
  found.known = true;
  const auto max_length = static_cast<int>(std::min<Position>(kLongestMatch, end_ - at));
  Position other = at;
  Position lowest = lowest_match(state_.window_begin, at, true);
  for (int left = quarter ? effort_.chain / 4 : effort_.chain; left > 0; --left) {
    const std::uint16_t link = window_.link(other);
    other -= link;
    if (link == 0 || other < lowest) return;
    lowest = lowest_match(state_.window_begin, at, false);
    const int check = std::min(found.match.length, max_length - 1);
    if (window_.at(other + check) != window_.at(at + check)) continue;
    const int length = window_.common(other, at, max_length);
    if (length > found.match.length) found.match = {length, other};
    if (length == max_length && max_length < kLongestMatch) {
      const Byte next = window_.at(other + length);
      const auto is_same = [next](const Extension& extension) { return extension.next == next; };
      if (std::none_of(found.extensions.begin(), found.extensions.end(), is_same)) {
        found.extensions.push_back({next, other});
      }
    }
    if (length >= effort_.nice) return;
  }
}

// The match of the last two bytes and `next`; only then does the chain depend on what comes next.
Match NextBytes::short_match(Byte next) const {
  const Position at = end_ - 2;
  Position other = window_.latest(next);
  Position lowest = lowest_match(state_.window_begin, at, true);
  for (int left = effort_.chain; left > 0; --left) {
    if (other < lowest) return {};
    lowest = lowest_match(state_.window_begin, at, false);
    if (window_.at(other + 2) == next && window_.at(other) == window_.at(at) &&
        window_.at(other + 1) == window_.at(at + 1)) {
      const Match match{kShortestMatch, other};
      return is_too_far(match, at) ? Match{} : match;
    }
    const std::uint16_t link = window_.link(other);
    other = link == 0 ? -1 : other - link;
  }
  return {};
}

}  // namespace zipdream::deflate
