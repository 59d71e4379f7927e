// SPDX-License-Identifier: Apache-2.0
// Finite-state entropy as Zstandard writes it (RFC 8878, section 4.1): descriptions of
// distributions and the streams that are coded by them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace zipdream {

inline constexpr std::size_t kFseMaxSymbols = 53;

// A distribution over symbols in units of 2^-log: the number of states that each symbol has. A
// symbol of "less than one" has one.
struct FseDistribution {
  int log = 0;
  std::array<std::int16_t, kFseMaxSymbols> counts{};
  std::array<bool, kFseMaxSymbols> is_less_than_one{};
};

// Reads a description from the beginning of `data` and moves `data` behind it. REQUIRES: symbols <=
// kFseMaxSymbols. Total: throws Error.
[[nodiscard]] FseDistribution read_fse_distribution(ByteView& data, int max_log,
                                                    std::size_t symbols);

// Bits from the last one of a stream backwards; a single 1 above them marks where they begin.
class BackwardBits {
 public:
  // The view must outlive this. Throws Error when there is no mark.
  explicit BackwardBits(ByteView stream);

  // Beyond the beginning all bits are 0. REQUIRES: count <= 32.
  std::uint32_t take(int count);

  // Less than 0 when more were taken than there are.
  [[nodiscard]] std::ptrdiff_t left() const { return left_; }

 private:
  ByteView stream_;
  std::ptrdiff_t left_ = 0;
};

// A symbol, and how the next state is read: a base and so many bits to add to it.
struct FseState {
  std::uint8_t symbol;
  std::uint8_t bits;
  std::uint16_t base;
};

// By state, 2^log of them (section 4.1.1).
[[nodiscard]] std::vector<FseState> fse_states(const FseDistribution& distribution);

// The symbols of a stream of two interleaved states that says nowhere how many there are: they end
// where the bits do (section 4.2.1.2). Total: throws Error, also for more than `max_count`.
[[nodiscard]] Bytes read_fse_symbols(const FseDistribution& distribution, ByteView stream,
                                     std::size_t max_count);

}  // namespace zipdream
