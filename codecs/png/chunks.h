// SPDX-License-Identifier: Apache-2.0
// The outside of a PNG file (PNG specification, third edition, sections 5 and 11): its signature,
// its chunks and what the first of them says. Only gray and RGB at 8 bits, which is all that the
// codec writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codecs/png/shape.h"
#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

// Signature and IHDR: where the second chunk begins.
inline constexpr std::size_t kPngHeaderEnd = 8 + 12 + 13;

[[nodiscard]] std::uint64_t read_big_endian(ByteView bytes);
void append_big_endian(Bytes& out, std::uint64_t value, int size);

// A view of one chunk of a file.
struct PngChunk {
  std::string_view type;
  ByteView data;
};

// The shape that signature and IHDR tell; takes both off `rest`. Throws Error when they are wrong
// or the image is of another kind.
[[nodiscard]] PngShape take_png_header(ByteView& rest);

// Takes the first chunk off `rest`. Throws Error when it is cut or its CRC is wrong.
[[nodiscard]] PngChunk take_png_chunk(ByteView& rest);

void append_png_chunk(Bytes& file, std::string_view type, ByteView data);

// Signature and IHDR.
[[nodiscard]] Bytes png_header(const PngShape& shape);

}  // namespace zipdream
