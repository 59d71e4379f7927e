// SPDX-License-Identifier: Apache-2.0
// The two checks of an archive, by liblzma: CRC-32 for what is small, CRC-64 for content. Both find
// every damage that spans no more bits than they have, so any one byte, and all others but for one
// in 2^32 or 2^64.
#pragma once

#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

// CRC-32/ISO-HDLC, that of gzip and PNG. `before` is the check of what stands before the bytes.
[[nodiscard]] std::uint32_t crc32_of(ByteView bytes, std::uint32_t before = 0);

// CRC-64/XZ.
[[nodiscard]] std::uint64_t crc64_of(ByteView bytes);

}  // namespace zipdream
