// SPDX-License-Identifier: Apache-2.0
#include "base/varint.h"

namespace zipdream {

void append_varint(std::uint64_t number, Bytes& out) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<Byte>(number | 0x80));
  out.push_back(static_cast<Byte>(number));
}

std::optional<std::uint64_t> take_varint(ByteView& bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const std::uint64_t digits = bytes[i] & 0x7f;
    if (i == 9 && digits > 1) return std::nullopt;
    number |= digits << (7 * i);
    if (bytes[i] >= 0x80) continue;
    if (bytes[i] == 0 && i > 0) return std::nullopt;
    bytes = bytes.subspan(i + 1);
    return number;
  }
  return std::nullopt;
}

}  // namespace zipdream
