// SPDX-License-Identifier: Apache-2.0
// Where a .bz2 stream ends, to the bit.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

// The bits that follow the end mark and checksum of a stream: it is filled up to whole bytes.
// `stream_end` is as much of the end of the stream as there is, at least 10 bytes of it. Throws
// Error when that is no stream of libbz2's.
[[nodiscard]] std::size_t bzip2_padding_bits(ByteView stream_end);

}  // namespace zipdream
