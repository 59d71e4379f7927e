// SPDX-License-Identifier: Apache-2.0
// Replaces operator new and delete of the program it is linked into by ones that count. Threads:
// any; the counts are of all of them together.
#pragma once

#include <cstddef>

namespace zipdream {

// How often memory was allocated since the program began.
[[nodiscard]] std::size_t allocation_count();

// The bytes in use now, and the most that were in use since the last reset.
[[nodiscard]] std::size_t bytes_in_use();
[[nodiscard]] std::size_t peak_bytes_in_use();
void reset_peak();

}  // namespace zipdream
