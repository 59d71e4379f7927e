// SPDX-License-Identifier: Apache-2.0
#include "experiments/surprisal_trace.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "base/parallel.h"
#include "base/process.h"
#include "generator/own_order.h"
#include "generator/score.h"

namespace zipdream {
namespace {

constexpr std::size_t kMinWindow = 16;
constexpr std::size_t kWindowsInAll = 32;

std::vector<Alternative> best_symbols(const Predictor& predictor,
                                      std::span<const double> log2_probs) {
  std::vector<Alternative> best;
  for (std::size_t i = 0; i < log2_probs.size(); ++i) {
    // Behind its equals, so that of those the smallest symbol comes first.
    const auto place = std::ranges::upper_bound(best, log2_probs[i], std::ranges::greater(),
                                                &Alternative::log2_prob);
    if (place == best.end() && best.size() == kAlternatives) continue;
    const ByteView bytes = predictor.symbol_bytes(static_cast<Symbol>(i));
    best.insert(place, {Bytes(bytes.begin(), bytes.end()), log2_probs[i]});
    if (best.size() > kAlternatives) best.pop_back();
  }
  return best;
}

// What a sequence adds to the trace, in its place among the others.
struct SequenceParts {
  std::vector<std::uint32_t> sizes;  // of the symbols
  WeightTrace weights;               // of the bytes
  std::vector<Sources> sources;      // of the first bytes
};

// Of a predictor that goes through the sequence in its own order: see below.
SequenceParts trace_in_order(OrderedSequence sequence, ByteView continuation, std::size_t begin,
                             SurprisalTrace& out, const std::function<void()>& on_scored) {
  SequenceParts parts;
  parts.sizes.assign(continuation.size(), 1);
  show_in_order(sequence, continuation, [&](std::span<const double> log2_probs, std::size_t place) {
    const std::size_t at = begin + place;
    const double own = log2_probs[continuation[place]];
    if (at < out.alternatives.size()) {
      out.alternatives[at] = best_symbols(*sequence.predictor, log2_probs);
    }
    out.bits[at] = -own;
    out.ranks[at] = static_cast<std::uint32_t>(std::ranges::count_if(
                        log2_probs, [own](double other) { return other > own; })) +
                    1;
    on_scored();
  });
  check_interrupt();
  return parts;
}

// Writes to the places of `out` from `begin` on, which no other sequence writes to.
SequenceParts trace_sequence(const Predictor& start, const Sequence& sequence,
                             ByteView continuation, std::size_t begin, SurprisalTrace& out,
                             std::size_t traced, const std::function<void()>& on_scored) {
  if (auto ordered = in_order(start, sequence)) {
    return trace_in_order(std::move(*ordered), continuation, begin, out, on_scored);
  }
  const std::unique_ptr<Predictor> predictor = start.clone();
  predictor->observe(sequence.prompt);
  SequenceParts parts;
  std::size_t at = begin;
  BitsOfBytes of_bytes;
  const auto on_expected = [&](auto log2_probs, const Token& symbol) {
    const double own = log2_probs[symbol.symbol];
    const double each = of_bytes.each(own, symbol);
    if (symbol.bytes == 0) return;
    const auto more =
        std::ranges::count_if(log2_probs, [own](double other) { return other > own; });
    if (at < out.alternatives.size()) out.alternatives[at] = best_symbols(*predictor, log2_probs);
    if (symbol.bytes == 1 && parts.sources.size() == at && at < traced) {
      std::optional<Sources> sources = predictor->sources(continuation[at], kTracedSources);
      if (sources) parts.sources.push_back(std::move(*sources));
    }
    parts.sizes.push_back(static_cast<std::uint32_t>(symbol.bytes));
    for (std::size_t i = 0; i < symbol.bytes; ++i, ++at) {
      out.bits[at] = each;
      out.ranks[at] = static_cast<std::uint32_t>(more) + 1;
      on_scored();
    }
  };
  show_continuation(*predictor, sequence, continuation, on_expected,
                    [&] { append_weights(*predictor, parts.weights); });
  check_interrupt();
  return parts;
}

}  // namespace

double SurprisalTrace::total() const { return std::accumulate(bits.begin(), bits.end(), 0.0); }

double SurprisalTrace::per_byte() const {
  return bits.empty() ? 0 : total() / static_cast<double>(bits.size());
}

SurprisalTrace trace_surprisal(const Predictor& start, std::span<const Sequence> sequences,
                               std::span<const Bytes> continuations, std::size_t detailed,
                               const std::function<void()>& on_scored, std::size_t traced) {
  assert(traced == 0 || sequences.size() == 1);
  assert(sequences.size() == continuations.size());
  std::vector<std::size_t> begins;
  std::size_t total = 0;
  for (const Bytes& bytes : continuations) {
    begins.push_back(total);
    total += bytes.size();
  }
  SurprisalTrace trace;
  trace.bits.resize(total);
  trace.ranks.resize(total);
  trace.alternatives.resize(std::min(total, detailed));
  std::vector<SequenceParts> parts(sequences.size());
  parallel_for(sequences.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      parts[i] = trace_sequence(start, sequences[i], continuations[i], begins[i], trace, traced,
                                on_scored);
    }
  });
  std::vector<std::uint32_t>& all = trace.symbol_bytes;
  for (auto& [sizes, weights, sources] : parts) {
    trace.sources.insert(trace.sources.end(), sources.begin(), sources.end());
    all.insert(all.end(), sizes.begin(), sizes.end());
    trace.member_weights.resize(weights.size());
    for (std::size_t m = 0; m < weights.size(); ++m) {
      auto& of_member = trace.member_weights[m];
      of_member.insert(of_member.end(), weights[m].begin(), weights[m].end());
    }
  }
  if (all.size() == total) all.clear();
  return trace;
}

SurprisalCurve surprisal_curve(std::span<const double> bits, std::size_t max_points) {
  assert(max_points > 0);
  SurprisalCurve curve{.window = std::max(kMinWindow, bits.size() / kWindowsInAll)};
  std::vector<double> sums(bits.size() + 1, 0);
  std::partial_sum(bits.begin(), bits.end(), sums.begin() + 1);
  const std::size_t points = std::min(max_points, bits.size());
  for (std::size_t i = 1; i <= points; ++i) {
    const std::size_t position = bits.size() * i / points;
    const std::size_t window = std::min(curve.window, position);
    const double recent = (sums[position] - sums[position - window]) / static_cast<double>(window);
    curve.points.push_back({position, sums[position], recent});
  }
  return curve;
}

}  // namespace zipdream
