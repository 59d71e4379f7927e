// SPDX-License-Identifier: Apache-2.0
// How many bits a Zstandard frame really takes.
//
// It has one stream of bits after the other, and each is filled to whole bytes:
// - one or four of literals, the sequences, and the weights of a Huffman code: these are read
//   backward, and a 1 and up to 7 zeros follow the last code word that was written,
// - the descriptions of tables: zeros follow, or four of them the weights of four bits each if
// these
//   are odd in number.
// The measure counts none of these bits, of no block. Those of blocks that are closed are the same
// whatever follows, but for a change of zstd's parameters. All else is counted: headers, the
// checksum, and stored blocks.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

// In `blocks`, which begins with a block and ends after one (or what follows the last). Total:
// throws Error when it is something else.
[[nodiscard]] std::size_t zstd_padding_of_blocks(ByteView blocks);

// In a frame, or the start of one that ends after a block.
[[nodiscard]] std::size_t zstd_padding(ByteView frame);

}  // namespace zipdream
