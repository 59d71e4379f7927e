// SPDX-License-Identifier: Apache-2.0
// The entropy tables of a Zstandard frame's blocks (RFC 8878, section 3.1.1): what its coder gives
// each literal, length and distance, and the distances it would repeat. What a law reads out of
// zstd.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "codecs/fse.h"

namespace zipdream {

// Lengths and distances are written as a code and bits to add to its base; a code's base is the sum
// of what the smaller codes hold (section 3.1.1.3.2.1.1).
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

// The distance that an offset value of 1 to 3 means; 0 if none. After no literals the latest is not
// meant, and value 3 is the latest less 1.
[[nodiscard]] std::uint32_t zstd_repeated(const ZstdRecent& recent, unsigned value,
                                          bool after_literals);

// What one block's symbols are written in. Tables that a block repeats are those it repeats; a raw
// or RLE block has no sequences and its bytes count as literals.
struct ZstdTables {
  std::size_t literals = 0;   // how many there are
  std::size_t sequences = 0;  // 0: the three distributions mean nothing

  // Bits of each literal, 0 for those that have no code: 8 for all where they are not coded.
  std::array<std::uint8_t, 256> literal_bits{};
  // Where all literals are one, they cost nothing; then literal_bits means nothing.
  bool is_same = false;
  Byte same = 0;

  // Of codes.
  FseDistribution literal_lengths;
  FseDistribution offsets;
  FseDistribution match_lengths;

  ZstdRecent recent{};  // after the block
};

// By block. Total: throws Error when the frame ends early or holds nonsense where it is looked at;
// the literals themselves and the data are not.
[[nodiscard]] std::vector<ZstdTables> read_zstd_tables(ByteView frame);

}  // namespace zipdream
