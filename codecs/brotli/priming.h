// SPDX-License-Identifier: Apache-2.0
// A Brotli stream (RFC 7932) that says a text and whose last meta-block goes on, in the codes that
// it has.
//
// A meta-block says in its header how many bytes of text it has, and its symbols end where these
// are complete; no symbol marks the end. So when a larger number stands there, a decoder goes on to
// read symbols from whatever bits follow. The last 64 KB of the text, or less where libbrotli would
// not make one meta-block of them, are a meta-block for themselves: there its header stands at a
// known bit, and its last symbol ends where brotli_stream.h finds it. Where it ends with literals,
// the match that belongs to them is not written, and a decoder reads its distance from what
// follows.
#pragma once

#include <cstddef>
#include <optional>

#include "zipdream/bytes.h"

namespace zipdream {

struct BrotliPriming {
  // A meta-block without end says at least so many bytes after its text.
  static constexpr std::size_t kMostText = std::size_t{1} << 23;

  Bytes stream;
  Byte open = 0;  // the last byte, of which the lowest open_bits are taken
  unsigned open_bits = 0;
};

// Nothing where libbrotli stores the end of the text as it is, and where there is none. REQUIRES:
// quality is 0 to kMaxBrotliQuality.
[[nodiscard]] std::optional<BrotliPriming> prime_brotli(ByteView text, int quality);

}  // namespace zipdream
