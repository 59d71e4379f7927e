// SPDX-License-Identifier: Apache-2.0
#include "generator/suffix_automaton.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace zipdream {
namespace {

// Spreads (from, symbol) over 64 bits; the upper ones are good.
std::uint64_t hash(std::uint32_t from, std::uint32_t symbol) {
  return ((std::uint64_t{from} << 9) + symbol) * 0x9e3779b97f4a7c15U;
}

constexpr std::size_t kFirstSlots = 1024;

}  // namespace

SuffixAutomaton::SuffixAutomaton() : slots_(kFirstSlots, kNone) { add_node(0); }

std::size_t SuffixAutomaton::slot(State from, std::uint32_t symbol) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash(from, symbol) >> 32) & mask;
  while (slots_[at] != kNone) {
    const Edge& edge = edges_[slots_[at]];
    if (edge.from == from && edge.symbol == symbol) break;
    at = (at + 1) & mask;
  }
  return at;
}

SuffixAutomaton::Edge* SuffixAutomaton::find(State from, std::uint32_t symbol) {
  const std::uint32_t found = slots_[slot(from, symbol)];
  return found == kNone ? nullptr : &edges_[found];
}

void SuffixAutomaton::grow() {
  slots_.assign(2 * slots_.size(), kNone);
  for (std::uint32_t i = 0; i < edges_.size(); ++i) {
    slots_[slot(edges_[i].from, edges_[i].symbol)] = i;
  }
}

void SuffixAutomaton::add_edge(State from, std::uint32_t symbol, State to) {
  if (2 * (edges_.size() + 1) > slots_.size()) grow();
  const auto index = static_cast<std::uint32_t>(edges_.size());
  slots_[slot(from, symbol)] = index;
  edges_.push_back({from, to, symbol, nodes_[from].first_edge});
  nodes_[from].first_edge = index;
}

SuffixAutomaton::State SuffixAutomaton::add_node(std::uint32_t length) {
  nodes_.push_back({length, kNone, kNone});
  return static_cast<State>(nodes_.size() - 1);
}

SuffixAutomaton::State SuffixAutomaton::split(State state, State parent, std::uint32_t symbol) {
  const State half = add_node(nodes_[parent].length + 1);
  nodes_[half].link = nodes_[state].link;
  nodes_[state].link = half;
  for (std::uint32_t i = nodes_[state].first_edge; i != kNone; i = edges_[i].next) {
    add_edge(half, edges_[i].symbol, edges_[i].to);
  }
  for (State p = parent; p != kNone; p = nodes_[p].link) {
    Edge* edge = find(p, symbol);
    if (edge == nullptr || edge->to != state) break;
    edge->to = half;
  }
  return half;
}

// The state of the whole text is new. Its suffixes that never stood before `symbol` until now lead
// to it too; the longest one that did is what the text repeats here, and becomes its link.
std::size_t SuffixAutomaton::append(std::uint32_t symbol) {
  assert(walked_ == 0 && nodes_.size() < kNone - 1);
  const State whole = add_node(nodes_[last_].length + 1);
  State parent = last_;
  const Edge* edge = nullptr;
  while (parent != kNone && (edge = find(parent, symbol)) == nullptr) {
    add_edge(parent, symbol, whole);
    parent = nodes_[parent].link;
  }
  State link = kRoot;
  if (edge != nullptr) {
    link = edge->to;
    if (nodes_[link].length != nodes_[parent].length + 1) link = split(link, parent, symbol);
  }
  nodes_[whole].link = link;
  last_ = whole;
  prefixes_.push_back(whole);
  return nodes_[link].length;
}

void SuffixAutomaton::start_new() {
  walker_ = kRoot;
  walked_ = 0;
}

void SuffixAutomaton::feed(ByteView bytes) {
  for (const Byte byte : bytes) {
    const Edge* edge = find(walker_, byte);
    while (edge == nullptr && walker_ != kRoot) {
      walker_ = nodes_[walker_].link;
      walked_ = nodes_[walker_].length;
      edge = find(walker_, byte);
    }
    if (edge == nullptr) continue;
    walker_ = edge->to;
    ++walked_;
    nodes_[walker_].fed = std::max(nodes_[walker_].fed, walked_);
  }
}

// A string that was found brings its suffixes with it: those of the states down its links, whole.
// What a state itself lacks, its link may have. Both go by length, so counting sort orders them.
std::vector<std::size_t> SuffixAutomaton::shared_lengths() const {
  std::vector<State> by_length(nodes_.size());
  std::vector<std::uint32_t> begin(prefixes_.size() + 2, 0);
  for (const Node& node : nodes_) ++begin[node.length + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  for (State state = 0; state < nodes_.size(); ++state) {
    by_length[begin[nodes_[state].length]++] = state;
  }
  std::vector<std::uint32_t> longest(nodes_.size());
  for (State state = 0; state < nodes_.size(); ++state) longest[state] = nodes_[state].fed;
  for (std::size_t i = by_length.size(); i-- > 1;) {
    const State state = by_length[i];
    if (longest[state] > 0) longest[nodes_[state].link] = nodes_[nodes_[state].link].length;
  }
  for (std::size_t i = 1; i < by_length.size(); ++i) {
    const State state = by_length[i];
    if (longest[state] == 0) longest[state] = longest[nodes_[state].link];
  }
  std::vector<std::size_t> result;
  result.reserve(prefixes_.size());
  for (const State state : prefixes_) result.push_back(longest[state]);
  return result;
}

}  // namespace zipdream
