// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/frequency_coder.h"

#include <cassert>
#include <numeric>

#include "generator/coder/frequencies.h"

namespace zipdream {

FrequencyCoder::Table FrequencyCoder::table() const {
  std::vector<double> log2_probs(predictor_.alphabet_size());
  predictor_.log2_probs(log2_probs);
  Table table{std::vector<std::uint32_t>(log2_probs.size()), 0};
  table.total = to_frequencies(log2_probs, table.frequencies);
  return table;
}

void FrequencyCoder::encode(Symbol symbol, RangeEncoder& encoder) {
  const auto [frequencies, total] = table();
  assert(symbol < frequencies.size());
  const auto start =
      std::accumulate(frequencies.begin(), frequencies.begin() + symbol, std::uint64_t{0});
  encoder.encode(start, frequencies[symbol], total);
  predictor_.update(symbol);
}

Symbol FrequencyCoder::decode(RangeDecoder& decoder) {
  const auto [frequencies, total] = table();
  const std::uint64_t target = decoder.target(total);
  std::uint64_t start = 0;
  Symbol symbol = 0;
  while (target >= start + frequencies[symbol]) start += frequencies[symbol++];
  decoder.consume(start, frequencies[symbol], total);
  predictor_.update(symbol);
  return symbol;
}

void FrequencyCoder::intervals_after(const Interval& now, std::span<Interval> out) const {
  const auto [frequencies, total] = table();
  assert(out.size() == frequencies.size());
  std::uint64_t start = 0;
  for (std::size_t s = 0; s < out.size(); ++s) {
    out[s] = now;
    out[s].skip(start, frequencies[s], total);
    start += frequencies[s];
  }
}

}  // namespace zipdream
