// SPDX-License-Identifier: Apache-2.0
// What is read out of a .bz2 stream: where it ends, to the bit, and the tables of its first block,
// which are those of the predictor by tables: which bytes occur, up to six Huffman codes, and which
// of them each group of fifty symbols is written in. The format is documented by its decoder alone
// (decompress.c of bzip2 1.0.8).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr std::size_t kBzip2MaxCodes = 6;
inline constexpr std::size_t kBzip2GroupSize = 50;
inline constexpr int kBzip2MaxCodeLength = 20;

// The symbols of a block with u different bytes: 0 and 1 are the digits of a run of rank 0
// (bijective base 2, low digit first), s = 2 .. u is the rank s - 1 of a move-to-front list, and
// u + 1 ends the block.
struct Bzip2Tables {
  using CodeLengths = std::array<std::uint8_t, 258>;  // in bits; 0 beyond symbol u + 1

  std::uint32_t origin = 0;           // the row of the sorted block that the text itself is
  Bytes used;                         // the bytes that occur, ascending
  std::vector<CodeLengths> codes;     // 2 to 6
  std::vector<std::uint8_t> choices;  // the code of each group, an index into `codes`
  std::size_t symbols_at = 0;         // the bit of the stream where the symbols begin
};

// Nothing for the stream of an empty text. Total: throws Error when the stream ends early or holds
// nonsense up to where the symbols begin; what follows isn't looked at.
[[nodiscard]] std::optional<Bzip2Tables> read_bzip2_tables(ByteView stream);

// How many bits follow the end mark and checksum of a stream, which is filled up to whole bytes.
// `stream_end` is as much of the end of the stream as there is, at least 10 bytes of it. Throws
// Error when that is no stream of libbz2's.
[[nodiscard]] std::size_t bzip2_padding_bits(ByteView stream_end);

}  // namespace zipdream
