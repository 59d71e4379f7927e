// SPDX-License-Identifier: Apache-2.0
#include "generator/score.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <numeric>

#include "base/interrupt.h"
#include "base/parallel.h"

namespace zipdream {
namespace {

constexpr Symbol kForeign = ~Symbol{0};

// The symbol of each byte, kForeign where there is none.
std::array<Symbol, 256> symbols_of_bytes(const Predictor& predictor) {
  std::array<Symbol, 256> symbols{};
  symbols.fill(kForeign);
  for (Symbol symbol = 0; symbol < predictor.alphabet_size(); ++symbol) {
    const ByteView bytes = predictor.symbol_bytes(symbol);
    if (bytes.size() == 1) symbols[bytes[0]] = symbol;
  }
  return symbols;
}

}  // namespace

std::optional<std::size_t> find_foreign_byte(const Predictor& predictor, ByteView bytes) {
  const std::array<Symbol, 256> symbols = symbols_of_bytes(predictor);
  const auto found =
      std::ranges::find_if(bytes, [&](Byte byte) { return symbols[byte] == kForeign; });
  if (found == bytes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - bytes.begin());
}

std::size_t show_bytes(Predictor& predictor, ByteView bytes, const OnExpected& on_expected) {
  const std::array<Symbol, 256> symbols = symbols_of_bytes(predictor);
  std::vector<double> log2_probs(predictor.alphabet_size());
  std::size_t shown = 0;
  try {
    for (const Byte byte : bytes) {
      check_interrupt();
      assert(symbols[byte] != kForeign);
      predictor.log2_probs(log2_probs);
      on_expected(log2_probs, symbols[byte]);
      predictor.update(symbols[byte]);
      ++shown;
    }
  } catch (const Interrupted&) {
    // Kept: the bytes before.
  }
  return shown;
}

std::vector<double> score(Predictor& predictor, ByteView bytes, const OnScored& on_scored) {
  std::vector<double> bits;
  show_bytes(predictor, bytes, [&](std::span<const double> log2_probs, Symbol symbol) {
    bits.push_back(-log2_probs[symbol]);
    on_scored(bits.back());
  });
  return bits;
}

double score_strands(const Predictor& start, std::span<const Strand> strands,
                     std::span<const Bytes> continuations, const OnScored& on_scored) {
  assert(strands.size() == continuations.size());
  std::vector<double> sums(strands.size());
  parallel_for(strands.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::unique_ptr<Predictor> predictor = start.clone();
      predictor->observe(strands[i].prompt);
      const std::vector<double> bits = score(*predictor, continuations[i], on_scored);
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
