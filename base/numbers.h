// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.
#pragma once

#include <cstddef>
#include <string>

namespace zipdream {

// "850 ms", "12.3 s", "4 min 05 s", "2 h 10 min".
[[nodiscard]] std::string format_seconds(double seconds);

// A bar of `width` character cells, filled to `share` in [0, 1] by eighths of a cell, padded with
// spaces.
[[nodiscard]] std::string bar(double share, std::size_t width);

}  // namespace zipdream
