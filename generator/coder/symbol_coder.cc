// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/symbol_coder.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <numeric>

#include "base/portable_math.h"

namespace zipdream {

namespace {

constexpr double kScaleBits = 28;

}  // namespace

std::uint64_t to_frequencies(std::span<const double> log2_probs, std::span<std::uint32_t> out) {
  assert(out.size() == log2_probs.size());
  std::uint64_t total = 0;
  std::array<double, 256> some;
  for (std::size_t begin = 0; begin < out.size(); begin += some.size()) {
    const std::size_t count = std::min(some.size(), out.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      assert(log2_probs[begin + i] <= 0);
      some[i] = kScaleBits + log2_probs[begin + i];
    }
    portable_exp2(std::span(some).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      out[begin + i] = 1 + static_cast<std::uint32_t>(some[i]);
      total += out[begin + i];
    }
  }
  return total;
}

void encode_symbol(Symbol symbol, std::span<const std::uint32_t> frequencies, std::uint64_t total,
                   RangeEncoder& encoder) {
  assert(symbol < frequencies.size());
  const auto start =
      std::accumulate(frequencies.begin(), frequencies.begin() + symbol, std::uint64_t{0});
  encoder.encode(start, frequencies[symbol], total);
}

Symbol decode_symbol(std::span<const std::uint32_t> frequencies, std::uint64_t total,
                     RangeDecoder& decoder) {
  const std::uint64_t target = decoder.target(total);
  std::uint64_t start = 0;
  Symbol symbol = 0;
  while (target >= start + frequencies[symbol]) start += frequencies[symbol++];
  decoder.consume(start, frequencies[symbol], total);
  return symbol;
}

void narrow_to_each(const Interval& now, std::span<const std::uint32_t> frequencies,
                    std::uint64_t total, std::span<Interval> out) {
  assert(out.size() == frequencies.size());
  std::uint64_t start = 0;
  for (std::size_t s = 0; s < out.size(); ++s) {
    out[s] = now;
    out[s].skip(start, frequencies[s], total);
    start += frequencies[s];
  }
}

FrequencyCoder::Table FrequencyCoder::table() const {
  std::vector<double> log2_probs(predictor_.alphabet_size());
  predictor_.log2_probs(log2_probs);
  Table table{std::vector<std::uint32_t>(log2_probs.size()), 0};
  table.total = to_frequencies(log2_probs, table.frequencies);
  return table;
}

void FrequencyCoder::encode(Symbol symbol, RangeEncoder& encoder) {
  const auto [frequencies, total] = table();
  encode_symbol(symbol, frequencies, total, encoder);
  predictor_.update(symbol);
}

void FrequencyCoder::encode_all(std::span<const Symbol> symbols, RangeEncoder& encoder) {
  std::vector<std::uint32_t> frequencies(predictor_.alphabet_size());
  std::size_t at = 0;
  predictor_.teacher_force(symbols, [&](std::span<const double> log2_probs) {
    const std::uint64_t total = to_frequencies(log2_probs, frequencies);
    encode_symbol(symbols[at++], frequencies, total, encoder);
  });
}

Symbol FrequencyCoder::decode(RangeDecoder& decoder) {
  const auto [frequencies, total] = table();
  const Symbol symbol = decode_symbol(frequencies, total, decoder);
  predictor_.update(symbol);
  return symbol;
}

void FrequencyCoder::intervals_after(const Interval& now, std::span<Interval> out) const {
  const auto [frequencies, total] = table();
  narrow_to_each(now, frequencies, total, out);
}

}  // namespace zipdream
