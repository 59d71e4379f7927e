// SPDX-License-Identifier: Apache-2.0
// The headers of a DEFLATE stream's blocks (RFC 1951, section 3.2.3): where they stand and which
// codes they give. zlib's inflate finds them, so this holds for the streams of any encoder;
// parser.h knows those of zlib's own encoder without a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/deflate/block.h"
#include "codecs/deflate/symbols.h"
#include "zipdream/bytes.h"

namespace zipdream::deflate {

struct BlockHeader {
  std::size_t begin = 0;  // bits of the stream, half open; the lowest bit of each byte is the first
  std::size_t end = 0;
  std::size_t text = 0;  // bytes of text before the block
};

struct Blocks {
  Bytes text;
  std::vector<BlockHeader> headers;  // at least one
  std::size_t end = 0;               // the bit after the last block
};

// Throws Error unless the stream is whole and holds `text_size` bytes; total. What follows its end
// is ignored. REQUIRES: stream and text are smaller than 4 GiB.
[[nodiscard]] Blocks find_blocks(ByteView stream, std::size_t text_size);

// The header of the last block that has enough text for its codes to fit the text: one that begins
// 4096 bytes or more before the end, or the first block.
[[nodiscard]] const BlockHeader& representative_header(const Blocks& blocks);

// The header's bits. REQUIRES: both come from one call of find_blocks().
[[nodiscard]] std::vector<bool> header_bits(ByteView stream, const BlockHeader& header);

// The codes of a header. A stored block has none: then all literals have 8 bits and there are no
// other symbols.
[[nodiscard]] CodeLengths read_code_lengths(const std::vector<bool>& header);

// The tokens of a DEFLATE stream (RFC 1951, section 3.2.3): how an encoder has cut a text into
// literals and matches. This holds for the streams of any encoder; parser.h knows the tokens of
// zlib's own without a stream.

struct Token {
  std::uint16_t length = 0;    // of a match; 0 for a literal
  std::uint16_t distance = 0;  // of a match, 1 to 32768; or the literal

  [[nodiscard]] bool is_literal() const { return length == 0; }
  [[nodiscard]] Byte literal() const { return static_cast<Byte>(distance); }
};

// In the order of the text; the bytes of a stored block are literals. Total: throws Error unless
// the stream is whole and holds `text_size` bytes. What follows its end is ignored. REQUIRES:
// stream and text are smaller than 4 GiB.
[[nodiscard]] std::vector<Token> read_tokens(ByteView stream, std::size_t text_size);

}  // namespace zipdream::deflate
