// SPDX-License-Identifier: Apache-2.0
// How long the rows are in bytes that may be a picture's pixels, row after row.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream::image {

inline constexpr std::size_t kMinSearched = 256;      // bytes at which it is first looked for,
inline constexpr std::size_t kMaxSearched = 1 << 16;  // and last

// The distance at which bytes are much alike, a multiple of `step`; 0 where there is none.
// REQUIRES: step > 0.
[[nodiscard]] std::size_t find_row_size(ByteView bytes, std::size_t step);

}  // namespace zipdream::image
