// SPDX-License-Identifier: Apache-2.0
// The sequences of a Zstandard block (RFC 8878, section 3.1.1.3.2): each is a run of literals and a
// match, in three numbers that are written as a code and bits to add to its base. And the streams
// of bits that they come in, coded by finite-state entropy (section 4.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/zstd/frame.h"

namespace zipdream {

// ---- finite-state entropy ----

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

// How each of the 2^accuracy_log states goes on. REQUIRES: the probabilities are of at most 256
// symbols and sum to that, a "less than one" counting as one.
[[nodiscard]] std::vector<ZstdFseState> zstd_fse_states(const ZstdFseTable& table);

// The symbols of a stream of two interleaved states. Nothing tells how many there are: they end
// where the bits do (section 4.2.1.2). Throws Error for a stream that is cut off, and for more
// symbols than `max_count`.
[[nodiscard]] Bytes read_zstd_fse_symbols(const ZstdFseTable& table, ByteView stream,
                                          std::size_t max_count);

// ---- sequences ----

// A code's base is the sum of what the smaller codes hold (section 3.1.1.3.2.1.1).
struct ZstdLengthCode {
  std::uint32_t base;
  std::uint8_t bits;
};
inline constexpr std::size_t kZstdLiteralLengths = 36;
inline constexpr std::size_t kZstdMatchLengths = 53;
inline constexpr std::size_t kZstdOffsets = 32;  // code c holds the values 2^c to 2^(c+1) - 1
[[nodiscard]] const std::array<ZstdLengthCode, kZstdLiteralLengths>& zstd_literal_lengths();
[[nodiscard]] const std::array<ZstdLengthCode, kZstdMatchLengths>& zstd_match_lengths();

// The last three distances, the latest first (section 3.1.1.5). Offset values 1 to 3 mean them; the
// value v > 3 means the distance v - 3.
using ZstdRecent = std::array<std::uint32_t, 3>;
inline constexpr ZstdRecent kZstdFirstRecent = {1, 4, 8};

// The distance that an offset value of 1 to 3 means; 0 if none. After no literals the latest is not
// meant, and value 3 is the latest less 1.
[[nodiscard]] std::uint32_t zstd_repeated(const ZstdRecent& recent, unsigned value,
                                          bool after_literals);

// How often each code is used.
struct ZstdSequenceCodes {
  ZstdFseTable literal_lengths;
  ZstdFseTable offsets;
  ZstdFseTable match_lengths;
};

// The codes that need no description (section 3.1.1.3.2.2).
[[nodiscard]] const ZstdSequenceCodes& zstd_plain_codes();

struct ZstdSequence {
  std::uint32_t literals;
  std::uint32_t match;     // bytes
  std::uint32_t distance;  // 0 in what no encoder writes
};

// Reads the sequences of a block from its stream of bits; it takes any bits for some.
class ZstdSequenceReader {
 public:
  // `recent`: before the block. REQUIRES: the probabilities of each code sum to 2^accuracy_log;
  // `bits` outlives it.
  ZstdSequenceReader(const ZstdSequenceCodes& codes, const ZstdRecent& recent, BackwardBits& bits);

  // A stream doesn't tell its last sequence from others; nor when the bits ran out (bits.left() is
  // then less than 0).
  ZstdSequence next();

  // After the last sequence.
  [[nodiscard]] const ZstdRecent& recent() const { return recent_; }

 private:
  // One of the three state machines that take turns.
  struct Machine {
    std::vector<ZstdFseState> states;
    std::size_t state;
    [[nodiscard]] std::size_t code() const { return states[state].symbol; }
  };
  [[nodiscard]] Machine start(const ZstdFseTable& table);
  void step(Machine& machine);
  // Moves the distance that a value means to the front; a new one pushes the oldest out.
  void use(std::uint32_t value, bool after_literals);

  BackwardBits& bits_;
  ZstdRecent recent_;
  Machine literal_lengths_;
  Machine offsets_;
  Machine match_lengths_;
  bool is_first_ = true;
};

}  // namespace zipdream
