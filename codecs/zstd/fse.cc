// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/fse.h"

#include <array>
#include <bit>
#include <cstdlib>

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";

}  // namespace

BackwardBits::BackwardBits(ByteView stream) : stream_(stream) {
  if (stream.empty() || stream.back() == 0) throw damaged(kName, "a stream of bits has no end");
  left_ = static_cast<std::ptrdiff_t>(8 * stream.size()) - std::countl_zero(stream.back()) - 1;
}

std::uint32_t BackwardBits::take(unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::ptrdiff_t at = --left_;
    const bool is_set = at >= 0 && (stream_[static_cast<std::size_t>(at / 8)] >> at % 8 & 1) != 0;
    value = value << 1 | (is_set ? 1U : 0U);
  }
  return value;
}

// Symbols of "less than one" take the last states, the others are spread in steps over the rest.
std::vector<ZstdFseState> zstd_fse_states(const ZstdFseTable& table) {
  const std::size_t size = std::size_t{1} << table.accuracy_log;
  std::vector<ZstdFseState> states(size);
  const auto& probabilities = table.probabilities;
  std::size_t top = size;
  for (std::size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    if (probabilities[symbol] < 0) states[--top].symbol = static_cast<std::uint8_t>(symbol);
  }
  const std::size_t step = (size >> 1) + (size >> 3) + 3;
  std::size_t at = 0;
  for (std::size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    for (int i = 0; i < probabilities[symbol]; ++i) {
      states[at].symbol = static_cast<std::uint8_t>(symbol);
      do at = (at + step) % size;
      while (at >= top);
    }
  }
  // A symbol's states, in their order, are numbered from its probability on.
  std::array<unsigned, 256> next{};
  for (std::size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    next[symbol] = static_cast<unsigned>(std::abs(probabilities[symbol]));
  }
  for (ZstdFseState& state : states) {
    const unsigned number = next[state.symbol]++;
    state.bits = static_cast<std::uint8_t>(table.accuracy_log + 1 -
                                           static_cast<unsigned>(std::bit_width(number)));
    state.base = static_cast<std::uint16_t>((number << state.bits) - size);
  }
  return states;
}

Bytes read_zstd_fse_symbols(const ZstdFseTable& table, ByteView stream, std::size_t max_count) {
  const std::vector<ZstdFseState> states = zstd_fse_states(table);
  BackwardBits bits(stream);
  std::array<std::size_t, 2> at{};
  for (std::size_t& state : at) state = bits.take(table.accuracy_log);
  if (bits.left() < 0) throw truncated(kName);
  Bytes symbols;
  for (std::size_t i = 0;; i ^= 1) {
    if (symbols.size() + 2 > max_count) throw damaged(kName, "too many symbols in a stream");
    const ZstdFseState& state = states[at[i]];
    symbols.push_back(state.symbol);
    at[i] = state.base + bits.take(state.bits);
    if (bits.left() >= 0) continue;
    symbols.push_back(states[at[i ^ 1]].symbol);
    return symbols;
  }
}

}  // namespace zipdream
