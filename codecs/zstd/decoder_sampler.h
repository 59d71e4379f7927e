// SPDX-License-Identifier: Apache-2.0
// Sampled blocks of a Zstandard frame (RFC 8878, section 3.1.1.3), which go on with the codes of
// those before them.
//
// A block's header tells how many literals and sequences it has, and its streams of bits, which are
// read from their ends, must then be used up to the bit. Random bits can't promise that. So they
// are read here first, by the same codes: when enough of them have been read, what is left over is
// cut off, and the numbers are what was read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codecs/zstd/sequences.h"
#include "zipdream/bytes.h"
#include "zipdream/random.h"

namespace zipdream {

// How far the matches of a sample may reach.
inline constexpr std::size_t kZstdSamplingWindow = std::size_t{1} << 27;

// What a block can repeat of those before it.
struct ZstdCodesInForce {
  std::optional<std::array<std::uint8_t, 256>> literal_bits;  // of a complete prefix code
  std::optional<Byte> same;                    // instead: all literals of the last block are this
  std::optional<ZstdSequenceCodes> sequences;  // none: a sample has only literals
  ZstdRecent recent = kZstdFirstRecent;
};

struct SampledZstdBlock {
  Bytes block;  // not the last of its frame
  std::size_t text_size = 0;
  ZstdRecent recent{};  // after it
};

// A block after `text_size` bytes of text: some thousand random bits, read up to what a decoder
// would refuse. Perhaps an empty one. Where no code of literals is in force, they are noise.
[[nodiscard]] SampledZstdBlock sample_zstd_block(const ZstdCodesInForce& codes,
                                                 std::size_t text_size, Rng& rng);

}  // namespace zipdream
