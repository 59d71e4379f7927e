// SPDX-License-Identifier: Apache-2.0
// What a Zstandard frame tells of itself: its header, its blocks, their sections and the tables
// that these describe, but not what they decode to (RFC 8878; its section numbers below); and how
// many bits it really takes.
//
// All readers are total: any bytes give a result or throw Error. Views are into the input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

// Frame_Header, 3.1.1.1.
struct ZstdFrameHeader {
  std::size_t size = 0;  // in the frame, magic number included
  bool has_checksum = false;
  std::uint64_t window_size = 0;
  std::optional<std::uint64_t> content_size;
};
[[nodiscard]] ZstdFrameHeader read_zstd_frame_header(ByteView frame);

// Block_Header, 3.1.1.2.
enum class ZstdBlockKind { kRaw, kRle, kCompressed };
struct ZstdBlock {
  static constexpr std::size_t kHeaderSize = 3;
  ZstdBlockKind kind = ZstdBlockKind::kRaw;
  bool is_last = false;
  std::size_t regenerated_size = 0;  // of raw and RLE blocks
  ByteView content;
};
[[nodiscard]] ZstdBlock read_zstd_block(ByteView rest);

// FSE_Table_Description, 4.1.1: probabilities in units of 2^-accuracy_log; -1 is "less than one".
struct ZstdFseTable {
  unsigned accuracy_log = 0;
  std::vector<int> probabilities;  // by symbol
  std::size_t bits = 0;            // that the description takes, before it is filled to bytes
  [[nodiscard]] std::size_t bytes() const { return (bits + 7) / 8; }
};
[[nodiscard]] ZstdFseTable read_zstd_fse_table(ByteView rest, unsigned max_accuracy_log,
                                               std::size_t max_symbols);

// Huffman_Tree_Description, 4.2.1: either four bits for each weight, or an FSE table and the
// weights that it encodes.
struct ZstdHuffmanTree {
  std::size_t bytes = 0;         // of the description
  std::size_t weight_count = 0;  // if they are four bits each
  std::optional<ZstdFseTable> table;
  ByteView weights;  // four bits each, or a bitstream that is read backward
};
[[nodiscard]] ZstdHuffmanTree read_zstd_huffman_tree(ByteView rest);

// Literals_Section, 3.1.1.3.1.
enum class ZstdLiteralsKind { kRaw, kRle, kCompressed, kTreeless };
struct ZstdLiterals {
  ZstdLiteralsKind kind = ZstdLiteralsKind::kRaw;
  std::size_t bytes = 0;  // of the section
  std::size_t regenerated_size = 0;
  std::optional<ZstdHuffmanTree> tree;  // kCompressed has one, kTreeless the last block's
  // Raw: the literals; RLE: one byte; else one or four bitstreams, read backward.
  std::array<ByteView, 4> streams;
  std::size_t stream_count = 1;
};
[[nodiscard]] ZstdLiterals read_zstd_literals(ByteView block);

// Sequences_Section, 3.1.1.3.2.
enum class ZstdTableMode { kPredefined, kRle, kFse, kRepeat };
struct ZstdSequenceTable {
  ZstdTableMode mode = ZstdTableMode::kPredefined;
  Byte rle_symbol = 0;
  std::optional<ZstdFseTable> table;
};
struct ZstdSequences {
  std::size_t count = 0;
  // In the order of the format. REQUIRES for all below: count != 0.
  ZstdSequenceTable literal_lengths;
  ZstdSequenceTable offsets;
  ZstdSequenceTable match_lengths;
  ByteView stream;  // read backward
};
// `section`: what follows the literals in the block.
[[nodiscard]] ZstdSequences read_zstd_sequences(ByteView section);

// ---- padding ----
//
// A frame has one stream of bits after the other, and each is filled to whole bytes:
// - one or four of literals, the sequences, and the weights of a Huffman code: these are read
//   backward, and a 1 and up to 7 zeros follow the last code word that was written,
// - the descriptions of tables: zeros follow, or four of them the weights of four bits each if
// these
//   are odd in number.
// The length in bits counts none of these bits, of no block. Those of blocks that are closed are
// the same whatever follows, but for a change of zstd's parameters. All else is counted: headers,
// the checksum, and stored blocks.

// The bits that only fill bytes in `blocks`, which begins with a block and ends after one (or what
// follows the last). Throws Error when it is something else.
[[nodiscard]] std::size_t zstd_padding_of_blocks(ByteView blocks);

// The bits that only fill bytes in a frame, or in the start of one that ends after a block.
[[nodiscard]] std::size_t zstd_padding(ByteView frame);

}  // namespace zipdream
