// SPDX-License-Identifier: Apache-2.0
#include "codecs/fse.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "codecs/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";
constexpr int kMinLog = 5;

// Bits from the low one of the first byte on.
class ForwardBits {
 public:
  explicit ForwardBits(ByteView data) : data_(data) {}

  unsigned take(int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (at_ / 8 >= data_.size()) throw truncated(kName);
      value |= (data_[at_ / 8] >> at_ % 8 & 1U) << i;
    }
    return value;
  }

  void give_back(std::size_t count) { at_ -= count; }
  [[nodiscard]] std::size_t bytes() const { return (at_ + 7) / 8; }

 private:
  ByteView data_;
  std::size_t at_ = 0;
};

// A count plus one, in as many bits as the largest that is still possible needs, or one fewer.
int read_count(ForwardBits& bits, int remaining) {
  const int width = std::bit_width(static_cast<unsigned>(remaining) + 1);
  const unsigned low_mask = (1U << (width - 1)) - 1;
  const unsigned threshold = (1U << width) - 1 - (static_cast<unsigned>(remaining) + 1);
  unsigned value = bits.take(width);
  if ((value & low_mask) < threshold) {
    bits.give_back(1);
    value &= low_mask;
  } else if (value > low_mask) {
    value -= threshold;
  }
  return static_cast<int>(value) - 1;
}

}  // namespace

BackwardBits::BackwardBits(ByteView stream) : stream_(stream) {
  if (stream.empty() || stream.back() == 0) throw damaged(kName, "a stream without its end mark");
  left_ = static_cast<std::ptrdiff_t>(8 * stream.size()) - std::countl_zero(stream.back()) - 1;
}

std::uint32_t BackwardBits::take(int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    const std::ptrdiff_t at = --left_;
    const bool is_set = at >= 0 && (stream_[static_cast<std::size_t>(at / 8)] >> at % 8 & 1) != 0;
    value = value << 1 | (is_set ? 1U : 0U);
  }
  return value;
}

// Symbols of "less than one" take the last states, the others are spread in steps.
std::vector<FseState> fse_states(const FseDistribution& distribution) {
  const std::size_t size = std::size_t{1} << distribution.log;
  std::vector<FseState> states(size);
  std::size_t top = size;
  for (std::size_t symbol = 0; symbol < kFseMaxSymbols; ++symbol) {
    if (!distribution.is_less_than_one[symbol]) continue;
    states[--top].symbol = static_cast<std::uint8_t>(symbol);
  }
  const std::size_t step = (size >> 1) + (size >> 3) + 3;
  std::size_t at = 0;
  for (std::size_t symbol = 0; symbol < kFseMaxSymbols; ++symbol) {
    if (distribution.is_less_than_one[symbol]) continue;
    for (int i = 0; i < distribution.counts[symbol]; ++i) {
      states[at].symbol = static_cast<std::uint8_t>(symbol);
      do at = (at + step) % size;
      while (at >= top);
    }
  }
  std::array<unsigned, kFseMaxSymbols> next{};
  std::ranges::copy(distribution.counts, next.begin());
  for (FseState& state : states) {
    const unsigned number = next[state.symbol]++;
    state.bits = static_cast<std::uint8_t>(distribution.log + 1 - std::bit_width(number));
    state.base = static_cast<std::uint16_t>((number << state.bits) - size);
  }
  return states;
}

FseDistribution read_fse_distribution(ByteView& data, int max_log, std::size_t symbols) {
  ForwardBits bits(data);
  FseDistribution distribution;
  distribution.log = static_cast<int>(bits.take(4)) + kMinLog;
  if (distribution.log > max_log) throw damaged(kName, "the precision of a distribution");
  int remaining = 1 << distribution.log;
  for (std::size_t symbol = 0; remaining > 0; ++symbol) {
    if (symbol >= symbols) throw damaged(kName, "a distribution of too many symbols");
    const int count = read_count(bits, remaining);
    distribution.is_less_than_one[symbol] = count < 0;
    distribution.counts[symbol] = static_cast<std::int16_t>(count < 0 ? 1 : count);
    remaining -= distribution.counts[symbol];
    if (count != 0) continue;
    unsigned zeros = 0;
    do {
      zeros = bits.take(2);
      symbol += zeros;
    } while (zeros == 3);
  }
  if (remaining < 0) throw damaged(kName, "a distribution of more than everything");
  data = data.subspan(bits.bytes());
  return distribution;
}

Bytes read_fse_symbols(const FseDistribution& distribution, ByteView stream,
                       std::size_t max_count) {
  const std::vector<FseState> table = fse_states(distribution);
  BackwardBits bits(stream);
  std::array<std::size_t, 2> states{};
  for (std::size_t& state : states) state = bits.take(distribution.log);
  if (bits.left() < 0) throw truncated(kName);
  Bytes symbols;
  for (std::size_t i = 0;; i ^= 1) {
    if (symbols.size() + 2 > max_count) throw damaged(kName, "too many symbols in a stream");
    const FseState& state = table[states[i]];
    symbols.push_back(state.symbol);
    states[i] = state.base + bits.take(state.bits);
    if (bits.left() >= 0) continue;
    symbols.push_back(table[states[i ^ 1]].symbol);
    return symbols;
  }
}

}  // namespace zipdream
