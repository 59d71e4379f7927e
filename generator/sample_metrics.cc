// SPDX-License-Identifier: Apache-2.0
#include "generator/sample_metrics.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <vector>

#include "generator/suffix_automaton.h"

namespace zipdream {
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
    Runs runs =
        find_runs(bytes, corpus.last(std::min(needed, corpus.size())), all_prompt_bytes(sequences[i]));
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

}  // namespace zipdream
