// SPDX-License-Identifier: Apache-2.0
// Numbers and bytes written in other ways: LEB128 for archives, base64 for data URLs, sizes as
// people write them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

// ---- LEB128: numbers in as few bytes as they need ----
//
// Seven bits to a byte, the lowest first, the top bit set in all but the last. Each number has one
// encoding only: its last byte is zero for zero alone.

// 1 to 10 bytes.
[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t number) {
  std::size_t size = 1;
  for (; number >= 0x80; number >>= 7) ++size;
  return size;
}

void append_varint(std::uint64_t number, Bytes& out);

// Takes the number from the front of `bytes`. Nothing, with `bytes` unchanged, where none stands
// there: the bytes end too early, or the number has more than 64 bits or another encoding.
[[nodiscard]] std::optional<std::uint64_t> take_varint(ByteView& bytes);

// ---- base64 (RFC 4648, with padding) ----

[[nodiscard]] std::string base64(ByteView bytes);
// Nothing where the text is none: other characters, a length that is no multiple of four, padding
// elsewhere than at the end, bits that no byte has.
[[nodiscard]] std::optional<Bytes> bytes_of_base64(std::string_view text);

// ---- numbers of bytes as people write them: the one reader of sizes ----

// "4096", "0x1000", "1e6", "1.5M", "16K", "16 KiB", "16KB". K, M, G and T, and KiB, MiB, GiB and
// TiB, are powers of 1024; KB, MB, GB and TB are powers of 1000; small letters mean the same.
// Nothing when it is none of these, no whole number of bytes, or more than 64 bits hold.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// 67108864 as "64M", so that it can be typed: the largest unit of 1024 that leaves a whole number.
[[nodiscard]] std::string size_text(std::uint64_t size);

}  // namespace zipdream
