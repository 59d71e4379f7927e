// SPDX-License-Identifier: Apache-2.0
#include "generator/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>

#include "base/parallel.h"
#include "base/process.h"
#include "codecs/common/predictors.h"

namespace zipdream {

namespace {

// The bits of each byte of a continuation.
std::vector<double> score_after(Predictor& predictor, const Sequence& sequence,
                                ByteView continuation, const OnScored& on_scored) {
  std::vector<double> bits;
  BitsOfBytes of_bytes;
  show_continuation(predictor, sequence, continuation, [&](auto log2_probs, const Token& symbol) {
    const double each = of_bytes.each(log2_probs, symbol);
    for (std::size_t i = 0; i < symbol.bytes; ++i) {
      bits.push_back(each);
      on_scored(each);
    }
  });
  return bits;
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

void show_bytes(Predictor& predictor, ByteView bytes, const OnExpected& on_expected) {
  const std::vector<Token> tokens = predictor.tokenize(bytes);
  std::vector<Symbol> symbols;
  symbols.reserve(tokens.size());
  for (const Token& each : tokens) symbols.push_back(each.symbol);
  std::size_t at = 0;
  try {
    predictor.teacher_force(symbols, [&](std::span<const double> log2_probs) {
      on_expected(log2_probs, tokens[at++]);
    });
  } catch (const Interrupted&) {
    // Kept: the bytes before.
  }
}

void show_continuation(Predictor& predictor, const Sequence& sequence, ByteView continuation,
                       const OnExpected& on_expected) {
  visit_segments(
      sequence, continuation,
      [&](ByteView generated) { show_bytes(predictor, generated, on_expected); },
      [&](ByteView forced) { predictor.observe(forced); });
}

std::vector<double> score(Predictor& predictor, ByteView bytes, const OnScored& on_scored) {
  return score_after(predictor, {.prompt = {}, .count = bytes.size()}, bytes, on_scored);
}

double score_sequences(const Predictor& start, std::span<const Sequence> sequences,
                       std::span<const Bytes> continuations, const OnScored& on_scored) {
  assert(sequences.size() == continuations.size());
  std::vector<double> sums(sequences.size());
  parallel_for(sequences.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::unique_ptr<Predictor> predictor = start.clone();
      predictor->observe(sequences[i].prompt);
      const std::vector<double> bits =
          score_after(*predictor, sequences[i], continuations[i], on_scored);
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

}  // namespace zipdream
