// SPDX-License-Identifier: Apache-2.0
// Numbers and bytes written in other ways: LEB128 for archives, base64 for data URLs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

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

}  // namespace zipdream
