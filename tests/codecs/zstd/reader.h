// SPDX-License-Identifier: Apache-2.0
// A plain decoder of what zstd_frame.h finds in a frame, to count the bits of all code words one by
// one.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

struct ZstdBitCount {
  std::size_t bits = 0;  // code words, headers, stored data and the checksum
  bool is_exact = true;  // every stream was read to its first bit, and no further
  std::size_t huffman_blocks = 0;
  std::size_t weight_streams = 0;
  std::size_t described_tables = 0;
};

// REQUIRES: `frame` is whole and undamaged.
[[nodiscard]] ZstdBitCount count_zstd_bits(ByteView frame);

}  // namespace zipdream
