// SPDX-License-Identifier: Apache-2.0
// Streams of bits that are coded by finite-state entropy, as Zstandard writes them (RFC 8878,
// section 4.1). Total: they throw Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/zstd/frame.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Bits from the last one of a stream backwards; a single 1 above them marks where they begin.
class BackwardBits {
 public:
  // The view must outlive this. Throws Error when there is no mark.
  explicit BackwardBits(ByteView stream);

  // Beyond the beginning all bits are 0. REQUIRES: count <= 32.
  std::uint32_t take(unsigned count);

  // Less than 0 when more were taken than there are.
  [[nodiscard]] std::ptrdiff_t left() const { return left_; }

 private:
  ByteView stream_;
  std::ptrdiff_t left_ = 0;
};

// A symbol, and how the next state is read: a base and so many bits to add to it.
struct ZstdFseState {
  std::uint8_t symbol;
  std::uint8_t bits;
  std::uint16_t base;
};

// By state, 2^accuracy_log of them. REQUIRES: the probabilities are of at most 256 symbols and sum
// to that, a "less than one" counting as one.
[[nodiscard]] std::vector<ZstdFseState> zstd_fse_states(const ZstdFseTable& table);

// The symbols of a stream of two interleaved states that says nowhere how many there are: they end
// where the bits do (section 4.2.1.2). Throws Error also for more than `max_count`.
[[nodiscard]] Bytes read_zstd_fse_symbols(const ZstdFseTable& table, ByteView stream,
                                          std::size_t max_count);

}  // namespace zipdream
