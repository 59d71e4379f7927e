// SPDX-License-Identifier: Apache-2.0
// A text painted by how surprising each of its characters is.
#pragma once

#include <string>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

// With `color`, each character stands on a background from gray over orange to magenta, in black,
// so that it reads the same on dark and light terminals; what was predicted is left as it is.
// Without, lines of 80 characters with digits from 1 to 6 below them. A character's bits are those
// of its bytes together; newlines show as ↵. A legend follows. REQUIRES: bits of each byte.
[[nodiscard]] std::string heat_map(ByteView bytes, const std::vector<double>& bits, bool color);

}  // namespace zipdream
