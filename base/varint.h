// SPDX-License-Identifier: Apache-2.0
// Numbers in as few bytes as they need: seven bits each, the lowest first, the top bit set in all
// but the last (LEB128). Each number has one tokens only: its last byte is zero for zero alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "zipdream/bytes.h"

namespace zipdream {

// 1 to 10 bytes.
[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t number) {
  std::size_t size = 1;
  for (; number >= 0x80; number >>= 7) ++size;
  return size;
}

void append_varint(std::uint64_t number, Bytes& out);

// Takes the number from the front of `bytes`. Nothing, and `bytes` unchanged, when none stands
// there: they end too early, the number has more than 64 bits or another tokens.
[[nodiscard]] std::optional<std::uint64_t> take_varint(ByteView& bytes);

}  // namespace zipdream
