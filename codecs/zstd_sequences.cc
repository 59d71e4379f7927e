// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd_sequences.h"

#include <algorithm>
#include <vector>

#include "codecs/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";

// One of the three state machines that take turns in a stream.
class Machine {
 public:
  Machine(const FseDistribution& distribution, BackwardBits& bits)
      : states_(fse_states(distribution)), state_(bits.take(distribution.log)) {}

  [[nodiscard]] std::size_t code() const { return states_[state_].symbol; }
  void step(BackwardBits& bits) {
    const FseState& state = states_[state_];
    state_ = state.base + bits.take(state.bits);
  }

 private:
  std::vector<FseState> states_;
  std::size_t state_;
};

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

// Moves the distance that a value means to the front; a new one pushes the oldest out.
void use(std::uint32_t value, bool after_literals, ZstdRecent& recent) {
  const std::uint32_t distance =
      value > 3 ? value - 3 : zstd_repeated(recent, value, after_literals);
  if (distance == 0) throw damaged(kName, "a distance of 0");
  const std::uint32_t place =
      std::min<std::uint32_t>(value > 3 ? 2 : repeats(value, after_literals), 2);
  std::move_backward(recent.begin(), recent.begin() + place, recent.begin() + place + 1);
  recent[0] = distance;
}

}  // namespace

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

void follow_zstd_distances(ByteView stream, const ZstdTables& tables, ZstdRecent& recent) {
  BackwardBits bits(stream);
  Machine literal_lengths(tables.literal_lengths, bits);
  Machine offsets(tables.offsets, bits);
  Machine match_lengths(tables.match_lengths, bits);
  for (std::size_t i = 0; i < tables.sequences; ++i) {
    if (i > 0) {
      literal_lengths.step(bits);
      match_lengths.step(bits);
      offsets.step(bits);
    }
    const auto offset_bits = static_cast<int>(offsets.code());
    const std::uint32_t value = (std::uint32_t{1} << offset_bits) + bits.take(offset_bits);
    bits.take(zstd_match_lengths()[match_lengths.code()].bits);
    const ZstdLengthCode& length = zstd_literal_lengths()[literal_lengths.code()];
    const std::uint32_t literals = length.base + bits.take(length.bits);
    if (bits.left() < 0) throw truncated(kName);
    use(value, literals > 0, recent);
  }
  if (bits.left() != 0) throw damaged(kName, "bits after the last sequence");
}

}  // namespace zipdream
