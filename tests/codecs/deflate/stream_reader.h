// SPDX-License-Identifier: Apache-2.0
// Reads a DEFLATE stream (RFC 1951) back into its blocks, slowly and plainly.
#pragma once

#include <cstddef>
#include <vector>

#include "codecs/deflate/block.h"
#include "zipdream/bytes.h"

namespace zipdream::deflate {

class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}
  unsigned bits(int count);  // the first is the lowest; beyond the end they are 0
  [[nodiscard]] std::size_t at() const { return at_; }
  void skip_to_byte() { at_ = (at_ + 7) / 8 * 8; }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

// The header of a block of dynamic codes.
struct Header {
  std::vector<int> literals;   // lengths by symbol
  std::vector<int> distances;  // likewise
  std::size_t bits = 0;        // without the three of the block's kind
};

// REQUIRES: the three bits of the block's kind have been read and said so.
[[nodiscard]] Header read_header(BitReader& reader);

struct StreamBlock {
  BlockForm form = BlockForm::kStored;
  Header header;  // of dynamic codes
  Block symbols;  // none if it is stored
};

// REQUIRES: the stream is whole.
[[nodiscard]] std::vector<StreamBlock> read_blocks(ByteView stream);

}  // namespace zipdream::deflate
