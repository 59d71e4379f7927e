// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include <lzma.h>

namespace zipdream {

std::uint32_t crc32_of(ByteView bytes, std::uint32_t before) {
  return lzma_crc32(bytes.data(), bytes.size(), before);
}

std::uint64_t crc64_of(ByteView bytes) { return lzma_crc64(bytes.data(), bytes.size(), 0); }

}  // namespace zipdream
