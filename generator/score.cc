// SPDX-License-Identifier: Apache-2.0
#include "generator/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <memory>
#include <numeric>

#include "base/parallel.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/load_model.h"
#include "generator/own_order.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

// score_after() of a predictor that goes through the sequence in its own order.
std::vector<double> bits_in_order(OrderedSequence sequence, ByteView continuation,
                                  const OnScored& on_scored) {
  std::vector<double> bits(continuation.size());
  score_in_order(sequence, continuation, [&](double log2_prob, std::size_t at) {
    bits[at] = -log2_prob;
    on_scored(bits[at]);
  });
  check_interrupt();  // what was scored lies scattered
  return bits;
}

// The bits of each byte of a continuation.
std::vector<double> score_after(Predictor& predictor, const Sequence& sequence,
                                ByteView continuation, const OnScored& on_scored,
                                const OnSeen& on_seen = {}) {
  std::vector<double> bits;
  BitsOfBytes of_bytes;
  const auto on_symbol = [&](double log2_prob, const Token& symbol) {
    const double each = of_bytes.each(log2_prob, symbol);
    for (std::size_t i = 0; i < symbol.bytes; ++i) {
      bits.push_back(each);
      on_scored(each);
    }
  };
  visit_segments(
      sequence, continuation,
      [&](ByteView generated) { score_bytes(predictor, generated, on_symbol, on_seen); },
      [&](ByteView forced) { predictor.observe(forced); });
  return bits;
}

// The same after the sequence's prompt.
std::vector<double> score_after_prompt(const Predictor& start, const Sequence& sequence,
                                       ByteView continuation, const OnScored& on_scored) {
  if (auto ordered = in_order(start, sequence)) {
    return bits_in_order(std::move(*ordered), continuation, on_scored);
  }
  const std::unique_ptr<Predictor> predictor = start.clone();
  predictor->observe(sequence.prompt);
  return score_after(*predictor, sequence, continuation, on_scored);
}

}  // namespace

std::optional<std::size_t> find_unencodable_byte(const Predictor& predictor, ByteView bytes) {
  if (is_subword(predictor)) return std::nullopt;
  const ByteSymbols symbols = byte_symbols(predictor);
  const auto found =
      std::find_if(bytes.begin(), bytes.end(), [&](Byte byte) { return !symbols[byte]; });
  if (found == bytes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - bytes.begin());
}

Error lacks_symbol(ByteView bytes, std::size_t at) {
  return Error::of_option(
      "alphabet", "",
      fmt::format("the byte 0x{:02x} at position {}, counted from 0, is not in it", bytes[at], at),
      "add it, or use all");
}

namespace {

// go_through(symbols, visit) has the predictor go through its tokens of the bytes and calls visit
// with what `on_symbol` is to be told of each.
template <typename GoThrough, typename OnSymbol>
void show_tokens(const Predictor& predictor, ByteView bytes, GoThrough go_through,
                 const OnSymbol& on_symbol, const OnSeen& on_seen) {
  const std::vector<Token> tokens = predictor.tokenize(bytes);
  std::vector<Symbol> symbols;
  symbols.reserve(tokens.size());
  for (const Token& each : tokens) symbols.push_back(each.symbol);
  std::size_t at = 0;
  try {
    go_through(symbols, [&](auto told) {
      if (at > 0 && on_seen) on_seen();
      on_symbol(told, tokens[at++]);
    });
    if (at > 0 && on_seen) on_seen();
  } catch (const Interrupted&) {
    // Kept: the bytes before.
  }
}

}  // namespace

void show_bytes(Predictor& predictor, ByteView bytes, const OnExpected& on_expected,
                const OnSeen& on_seen) {
  const auto go_through = [&](std::span<const Symbol> symbols, auto visit) {
    predictor.teacher_force(symbols, visit);
  };
  show_tokens(predictor, bytes, go_through, on_expected, on_seen);
}

void score_bytes(Predictor& predictor, ByteView bytes, const OnSymbolScored& on_scored,
                 const OnSeen& on_seen) {
  const auto go_through = [&](std::span<const Symbol> symbols, auto visit) {
    predictor.score_symbols(symbols, visit);
  };
  show_tokens(predictor, bytes, go_through, on_scored, on_seen);
}

void show_continuation(Predictor& predictor, const Sequence& sequence, ByteView continuation,
                       const OnExpected& on_expected, const OnSeen& on_seen) {
  visit_segments(
      sequence, continuation,
      [&](ByteView generated) { show_bytes(predictor, generated, on_expected, on_seen); },
      [&](ByteView forced) { predictor.observe(forced); });
}

void append_weights(const Predictor& predictor, WeightTrace& trace) {
  const std::span<const double> weights = predictor.member_weights();
  trace.resize(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    trace[i].push_back(static_cast<float>(weights[i]));
  }
}

std::vector<double> score(Predictor& predictor, ByteView bytes, const OnScored& on_scored) {
  const Sequence all = {.prompt = {}, .count = bytes.size()};
  if (auto ordered = in_order(predictor, all)) {
    return bits_in_order(std::move(*ordered), bytes, on_scored);
  }
  return score_after(predictor, all, bytes, on_scored);
}

double score_sequences(const Predictor& start, std::span<const Sequence> sequences,
                       std::span<const Bytes> continuations, const OnScored& on_scored) {
  assert(sequences.size() == continuations.size());
  std::vector<double> sums(sequences.size());
  parallel_for(sequences.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::vector<double> bits =
          score_after_prompt(start, sequences[i], continuations[i], on_scored);
      check_interrupt();
      sums[i] = std::accumulate(bits.begin(), bits.end(), 0.0);
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

std::vector<double> added_lengths(const Codec& codec, Units units, ByteView context,
                                  std::span<const ByteView> targets) {
  const double before = codec.bits(context, units);
  std::vector<double> added(targets.size());
  parallel_for(targets.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      Bytes both(context.begin(), context.end());
      both.insert(both.end(), targets[i].begin(), targets[i].end());
      added[i] = codec.bits(both, units) - before;
    }
  });
  return added;
}

namespace {

constexpr std::size_t kStretchBytes = 32;
constexpr std::size_t kStretchesOfAKind = 3;

bool overlap(const Stretch& a, const Stretch& b) {
  return a.begin < b.begin + b.size && b.begin < a.begin + a.size;
}

}  // namespace

std::vector<Scored> score_texts(const Predictor& model, std::span<const Bytes> texts,
                                const OnScored& on_scored) {
  std::vector<Scored> results(texts.size());
  parallel_for(results.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto predictor = model.clone();
      Scored& scored = results[i];
      const Sequence all = {.prompt = {}, .count = texts[i].size()};
      if (auto ordered = in_order(model, all)) {
        scored.bits = bits_in_order(std::move(*ordered), texts[i], on_scored);
      } else {
        scored.bits = score_after(*predictor, all, texts[i], on_scored,
                                  [&] { append_weights(*predictor, scored.weights); });
      }
      for (auto& weights : scored.weights) weights.resize(scored.bits.size());
      const auto count = static_cast<std::ptrdiff_t>(scored.bits.size());
      scored.bytes.assign(texts[i].begin(), texts[i].begin() + count);
    }
  });
  const bool partial = std::any_of(results.begin(), results.end(),
                                   [](const Scored& scored) { return scored.bits.empty(); });
  if (partial || (results.size() > 1 && interrupt_requested())) throw Interrupted();
  return results;
}

void add_own_lengths(const ModelRequest& model, Media media, ByteView context,
                     std::span<Scored> scored) {
  if (!is_codec(model.spec)) return;
  if (context_window_of(model, media) > 0 || interrupt_requested()) return;
  std::vector<ByteView> texts;
  for (const Scored& each : scored) texts.emplace_back(each.bytes);
  try {
    const std::vector<double> added =
        added_lengths(*make_codec(model.spec), model.units.value_or(Units::kBits), context, texts);
    for (std::size_t i = 0; i < scored.size(); ++i) scored[i].added = added[i];
  } catch (const Interrupted&) {
    // What was scored is worth keeping without them.
  }
}

double Scored::total() const { return std::accumulate(bits.begin(), bits.end(), 0.0); }

double Scored::per_byte() const { return total() / static_cast<double>(bytes.size()); }

Stretches find_stretches(const std::vector<double>& bits) {
  const std::size_t size = std::clamp<std::size_t>(bits.size() / 8, 1, kStretchBytes);
  std::vector<double> sums(bits.size() + 1, 0);
  std::partial_sum(bits.begin(), bits.end(), sums.begin() + 1);
  std::vector<Stretch> taken;
  const auto take = [&](const std::function<bool(double, double)>& better) {
    std::vector<Stretch> best;
    while (best.size() < kStretchesOfAKind && 4 * (taken.size() + 1) * size <= 3 * bits.size()) {
      std::optional<Stretch> found;
      for (std::size_t begin = 0; begin + size <= bits.size(); ++begin) {
        const Stretch stretch = {begin, size,
                                 (sums[begin + size] - sums[begin]) / static_cast<double>(size)};
        if (found && !better(stretch.per_byte, found->per_byte)) continue;
        const bool overlaps = std::any_of(taken.begin(), taken.end(), [&](const Stretch& other) {
          return overlap(other, stretch);
        });
        if (!overlaps) found = stretch;
      }
      if (!found) break;
      taken.push_back(*found);
      best.push_back(*found);
    }
    return best;
  };
  Stretches stretches;
  stretches.most = take(std::greater<>());
  stretches.least = take(std::less<>());
  return stretches;
}

Winners find_winners(const std::vector<Scored>& choices) {
  const auto least = [&](double (Scored::*value)() const) {
    const auto found = std::min_element(
        choices.begin(), choices.end(),
        [&](const Scored& a, const Scored& b) { return (a.*value)() < (b.*value)(); });
    return static_cast<std::size_t>(found - choices.begin());
  };
  return {least(&Scored::total), least(&Scored::per_byte)};
}

// ---- The requests of zipdream/score.h for bytes ----

double ScoreResult::total() const { return std::accumulate(bits.begin(), bits.end(), 0.0); }

double ScoreResult::per_byte() const { return total() / static_cast<double>(bits.size()); }

ScoreResult score(const ScoreRequest& request) {
  if (request.data.empty()) throw Error::of_option("data", "", "is empty", "give what to score");
  const auto predictor = load_model(request.model, Media::kText, request.context);
  predictor->observe(request.context);
  return {.bits = score(*predictor, request.data), .probs = probs_name(request.model)};
}

std::vector<double> score(Predictor& predictor, ByteView bytes) {
  if (const auto at = find_unencodable_byte(predictor, bytes)) throw lacks_symbol(bytes, *at);
  std::vector<double> bits = score(predictor, bytes, [](double /*bits*/) {});
  check_interrupt();
  return bits;
}

std::vector<Sources> find_sources(Predictor& predictor, ByteView bytes, std::size_t max_sources) {
  if (const auto at = find_unencodable_byte(predictor, bytes)) throw lacks_symbol(bytes, *at);
  std::vector<Sources> found;
  found.reserve(bytes.size());
  for (const Byte& byte : bytes) {
    check_interrupt();
    std::optional<Sources> sources = predictor.sources(byte, max_sources);
    if (!sources) {
      throw Error::of_option("sources", "",
                             "this model can't tell where its probabilities come from",
                             "take gzip, xz or zstd by their tables, or ppm");
    }
    found.push_back(std::move(*sources));
    predictor.observe({&byte, 1});
  }
  return found;
}

std::vector<Sources> find_sources(const ScoreRequest& request, std::size_t max_sources) {
  const auto predictor = load_model(request.model, Media::kText, request.context);
  predictor->observe(request.context);
  return find_sources(*predictor, request.data, max_sources);
}

double copied_share(const std::vector<Sources>& sources) {
  double sum = 0;
  for (const Sources& each : sources) sum += each.copied() / each.probability;
  return sources.empty() ? 0 : sum / static_cast<double>(sources.size());
}

std::vector<Passage> find_passages(const std::vector<Sources>& sources, std::size_t min_size) {
  std::vector<Passage> passages;
  Passage open;
  const auto close = [&] {
    if (open.size >= std::max<std::size_t>(1, min_size)) {
      open.copied /= static_cast<double>(open.size);
      passages.push_back(open);
    }
    open = {};
  };
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Sources& here = sources[i];
    const double share = here.copied() / here.probability;
    const bool is_copied = share > 0.5 && !here.list.empty();
    const bool goes_on = is_copied && open.size > 0 &&
                         std::any_of(here.list.begin(), here.list.end(), [&](const Source& source) {
                           return source.at == open.from + open.size;
                         });
    if (!goes_on) close();
    if (!is_copied) continue;
    if (!goes_on) open = {.begin = i, .size = 0, .from = here.list.front().at, .copied = 0};
    ++open.size;
    open.copied += share;
  }
  close();
  return passages;
}

}  // namespace zipdream
