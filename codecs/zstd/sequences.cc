// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/sequences.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <initializer_list>

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";

template <std::size_t kCodes>
std::array<ZstdLengthCode, kCodes> codes_from(std::uint32_t base, std::size_t plain,
                                              std::initializer_list<std::uint8_t> bits) {
  std::array<ZstdLengthCode, kCodes> codes{};
  const auto* next = bits.begin();
  for (std::size_t code = 0; code < kCodes; ++code) {
    codes[code] = {base, code < plain ? std::uint8_t{0} : *next++};
    base += std::uint32_t{1} << codes[code].bits;
  }
  return codes;
}

// Which of the recent distances a value of 1 to 3 repeats; 3 is the latest less 1.
std::uint32_t repeats(std::uint32_t value, bool after_literals) {
  return value - (after_literals ? 1 : 0);
}

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

const std::array<ZstdLengthCode, kZstdLiteralLengths>& zstd_literal_lengths() {
  static const auto codes = codes_from<kZstdLiteralLengths>(
      0, 16, {1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  return codes;
}

const std::array<ZstdLengthCode, kZstdMatchLengths>& zstd_match_lengths() {
  static const auto codes = codes_from<kZstdMatchLengths>(
      3, 32, {1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  return codes;
}

std::uint32_t zstd_repeated(const ZstdRecent& recent, unsigned value, bool after_literals) {
  const std::uint32_t index = repeats(value, after_literals);
  return index < 3 ? recent[index] : recent[0] - 1;
}

const ZstdSequenceCodes& zstd_plain_codes() {
  static const ZstdSequenceCodes codes{
      .literal_lengths = {.accuracy_log = 6,
                          .probabilities = {4, 3, 2, 2, 2, 2, 2, 2, 2,  2,  2,  2,
                                            2, 1, 1, 1, 2, 2, 2, 2, 2,  2,  2,  2,
                                            2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1}},
      .offsets = {.accuracy_log = 5,
                  .probabilities = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1,  1,  1,  1,  1, 1,
                                    1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1}},
      .match_lengths = {
          .accuracy_log = 6,
          .probabilities = {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1,  1,  1,  1,  1,  1,  1, 1,
                            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
                            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1}}};
  return codes;
}

ZstdSequenceReader::ZstdSequenceReader(const ZstdSequenceCodes& codes, const ZstdRecent& recent,
                                       BackwardBits& bits)
    : bits_(bits),
      recent_(recent),
      literal_lengths_(start(codes.literal_lengths)),
      offsets_(start(codes.offsets)),
      match_lengths_(start(codes.match_lengths)) {}

ZstdSequence ZstdSequenceReader::next() {
  if (!is_first_) {
    step(literal_lengths_);
    step(match_lengths_);
    step(offsets_);
  }
  is_first_ = false;
  const auto offset_bits = static_cast<unsigned>(offsets_.code());
  const std::uint32_t value = (std::uint32_t{1} << offset_bits) + bits_.take(offset_bits);
  const ZstdLengthCode& match = zstd_match_lengths()[match_lengths_.code()];
  const std::uint32_t match_length = match.base + bits_.take(match.bits);
  const ZstdLengthCode& run = zstd_literal_lengths()[literal_lengths_.code()];
  const std::uint32_t literals = run.base + bits_.take(run.bits);
  use(value, literals > 0);
  return {literals, match_length, recent_[0]};
}

ZstdSequenceReader::Machine ZstdSequenceReader::start(const ZstdFseTable& table) {
  return {zstd_fse_states(table), bits_.take(table.accuracy_log)};
}

void ZstdSequenceReader::step(Machine& machine) {
  const ZstdFseState& state = machine.states[machine.state];
  machine.state = state.base + bits_.take(state.bits);
}

void ZstdSequenceReader::use(std::uint32_t value, bool after_literals) {
  const std::uint32_t distance =
      value > 3 ? value - 3 : zstd_repeated(recent_, value, after_literals);
  const std::uint32_t index =
      std::min<std::uint32_t>(value > 3 ? 2 : repeats(value, after_literals), 2);
  std::move_backward(recent_.begin(), recent_.begin() + index, recent_.begin() + index + 1);
  recent_[0] = distance;
}

}  // namespace zipdream
