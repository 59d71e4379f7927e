// SPDX-License-Identifier: Apache-2.0
// The entropy tables of a Zstandard frame's blocks (RFC 8878, section 3.1.1): what its coder gives
// each literal, length and distance, and the distances it would repeat. These are the tables that
// predictor and decoder sampler read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/zstd/frame.h"
#include "codecs/zstd/sequences.h"
#include "zipdream/bytes.h"

namespace zipdream {

// One block's sequences and what its symbols are written in. A block that repeats tables has those
// of the block before here; the bytes of a raw or RLE block count as literals.
struct ZstdTables {
  std::size_t literals = 0;             // how many there are
  std::vector<ZstdSequence> sequences;  // a raw or RLE block has none

  ZstdLiteralsKind kind = ZstdLiteralsKind::kRaw;
  // Bits of each literal, 0 for those that have no code: 8 for all where they are not coded.
  std::array<std::uint8_t, 256> literal_bits{};
  Byte same = 0;  // of RLE: all literals, which cost nothing; then literal_bits means nothing

  ZstdSequenceCodes codes;  // nothing where there are no sequences
  ZstdRecent recent{};      // after the block
};

// By block. Total: throws Error when the frame ends early or holds nonsense where it is looked at;
// the literals themselves and the data are not.
[[nodiscard]] std::vector<ZstdTables> read_zstd_tables(ByteView frame);

}  // namespace zipdream
