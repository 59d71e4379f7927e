// SPDX-License-Identifier: Apache-2.0
// What the dreams of all codecs that end in DEFLATE have in common: blocks of random symbols.
#pragma once

#include <cstddef>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/random.h"

namespace zipdream {

// The bits with which each dreamt block begins, from those of a header in a stream
// (codecs/deflate/block_headers.h). Where that block is stored, the text has no structure that the
// codec saw, and there is nothing to dream from but the bytes themselves: the fixed codes are
// taken, in which all bytes are alike. REQUIRES: three bits or more.
[[nodiscard]] std::vector<bool> sample_header(std::vector<bool> header);

// Appends a block to `text`, of which inflate sees the last 32 KB: the header, then random bits, up
// to the end-of-block symbol, or `end` bytes of text, or what inflate refuses. Perhaps nothing.
void sample_block(const std::vector<bool>& header, Bytes& text, std::size_t end, Rng& rng);

}  // namespace zipdream
