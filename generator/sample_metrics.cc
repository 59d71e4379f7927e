// SPDX-License-Identifier: Apache-2.0
#include "generator/sample_metrics.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "base/process.h"
#include "generator/load_model.h"

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

namespace {

// lengths[i] is that of a run that ends with byte i: how many bytes lie in long ones?
std::size_t bytes_in_long_runs(std::span<const std::size_t> lengths) {
  std::size_t covered = 0;
  std::size_t reach = 0;  // bytes before and with the current one that later runs cover
  for (std::size_t i = lengths.size(); i-- > 0;) {
    if (lengths[i] >= kLongRun) reach = std::max(reach, lengths[i]);
    if (reach == 0) continue;
    ++covered;
    --reach;
  }
  return covered;
}

// What the continuations, joined by separators, share with `corpus`, which is read once for all.
std::vector<std::size_t> shared_with_corpus(ByteView corpus, std::span<const Bytes> continuations) {
  SuffixAutomaton all;
  for (const Bytes& bytes : continuations) {
    for (const Byte byte : bytes) all.append(byte);
    all.append(SuffixAutomaton::kSeparator);
  }
  all.feed(corpus);
  return all.shared_lengths();
}

// What one continuation repeats of itself and shares with a text in two pieces.
struct Runs {
  std::vector<std::size_t> repeated;
  std::vector<std::size_t> shared;
};

Runs find_runs(ByteView continuation, ByteView first, ByteView second) {
  Runs runs;
  runs.repeated.reserve(continuation.size());
  SuffixAutomaton automaton;
  for (const Byte byte : continuation) runs.repeated.push_back(automaton.append(byte));
  automaton.feed(first);
  automaton.feed(second);
  runs.shared = automaton.shared_lengths();
  return runs;
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<double> distinct_4grams(std::span<const Bytes> continuations) {
  std::vector<std::uint32_t> grams;
  for (const Bytes& bytes : continuations) {
    std::uint32_t gram = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      gram = gram << 8 | bytes[i];
      if (i >= 3) grams.push_back(gram);
    }
  }
  if (grams.empty()) return std::nullopt;
  const std::size_t total = grams.size();
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return share(grams.size(), total);
}

}  // namespace

// A run that a sequence shares with its context lies in the corpus, or ends in its prompt and is no
// longer than the sequence: of many sequences each sees the end of the corpus alone, and all of
// them together all of it.
SampleMetrics measure(ByteView corpus, std::span<const Sequence> sequences,
                      std::span<const Bytes> continuations) {
  assert(sequences.size() == continuations.size());
  SampleMetrics metrics;
  metrics.sequences = sequences.size();
  std::vector<std::size_t> in_corpus;
  if (sequences.size() > 1) in_corpus = shared_with_corpus(corpus, continuations);
  std::size_t copied = 0;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const Bytes& bytes = continuations[i];
    const std::size_t needed = in_corpus.empty() ? corpus.size() : bytes.size();
    Runs runs = find_runs(bytes, corpus.last(std::min(needed, corpus.size())),
                          all_prompt_bytes(sequences[i]));
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      std::size_t& length = runs.shared[k];
      if (!in_corpus.empty()) length = std::max(length, in_corpus[metrics.bytes + i + k]);
      metrics.longest_copied_run = std::max(metrics.longest_copied_run, length);
    }
    copied += bytes_in_long_runs(runs.shared);
    repeated += bytes_in_long_runs(runs.repeated);
    metrics.bytes += bytes.size();
  }
  metrics.copied_share = share(copied, metrics.bytes);
  metrics.repeated_share = share(repeated, metrics.bytes);
  metrics.distinct_4grams = distinct_4grams(continuations);
  return metrics;
}

namespace {

std::optional<double> bits_per_byte(const Judge& judge, const MediaJob& job,
                                    std::span<const Bytes> continuations, std::size_t total,
                                    const OnJudged& on_judged) {
  if (total == 0) return std::nullopt;
  try {
    return score_sequences(*judge.predictor, job.sequences(), continuations,
                           on_judged(judge, total)) /
           static_cast<double>(total);
  } catch (const Interrupted&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Judge> load_judges(std::span<const Spec> models, const ModelRequest& generating,
                               const MediaJob& job) {
  std::vector<Judge> judges;
  for (const Spec& spec : models) {
    ModelRequest request = generating;
    request.spec = spec;
    request.probs.reset();
    request.units.reset();
    judges.push_back(
        {spec.text(), probs_name(request), spec_for(request, job), load_model(request, job)});
  }
  return judges;
}

SampleStats measure_sample(const MediaJob& job, ByteView corpus,
                           std::span<const Bytes> continuations, std::span<const Judge> judges,
                           const OnJudged& on_judged) {
  SampleStats stats;
  stats.metrics = measure(corpus, job.sequences(), continuations);
  for (const Judge& judge : judges) {
    stats.judgements.push_back(
        {judge.model, judge.probs,
         bits_per_byte(judge, job, continuations, stats.metrics.bytes, on_judged)});
  }
  return stats;
}

}  // namespace zipdream
