// SPDX-License-Identifier: Apache-2.0
#include "codecs/bzip2/end.h"

#include <cstdint>

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

// The digits of the square root of pi stand at the end of the last block; 32 bits of checksum and
// up to 7 zeros follow.
constexpr std::uint64_t kEndMark = 0x177245385090;
constexpr std::uint64_t kMarkMask = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kMinEnd = 10;

}  // namespace

std::size_t bzip2_padding_bits(ByteView stream_end) {
  // Ten bytes without padding; with it the mark begins in the byte before.
  std::uint64_t before_checksum = 0;
  for (std::size_t back = 11; back > 4; --back) {
    const std::size_t size = stream_end.size();
    before_checksum = before_checksum << 8 | (back <= size ? stream_end[size - back] : 0U);
  }
  const unsigned last = stream_end.empty() ? 0U : stream_end.back();
  for (unsigned padding = 0; padding < 8 && stream_end.size() >= kMinEnd; ++padding) {
    const bool is_zero = (last & ((1U << padding) - 1)) == 0;
    if (is_zero && (before_checksum >> padding & kMarkMask) == kEndMark) return padding;
  }
  throw library_failure("bzip2", "its stream has no end mark");
}

}  // namespace zipdream
