// SPDX-License-Identifier: Apache-2.0
// The tokens of a DEFLATE stream (RFC 1951, section 3.2.3): how an encoder has cut a text into
// literals and matches. This holds for the streams of any encoder; parser.h knows the tokens of
// zlib's own without a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/deflate/symbols.h"
#include "zipdream/bytes.h"

namespace zipdream::deflate {

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
