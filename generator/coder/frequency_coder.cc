// SPDX-License-Identifier: Apache-2.0
#include "generator/coder/frequency_coder.h"

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
