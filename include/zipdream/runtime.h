// SPDX-License-Identifier: Apache-2.0
// The version of the library, and how many threads it takes. Stable.
#pragma once

#include "zipdream/export.h"

#define ZIPDREAM_VERSION_MAJOR 0
#define ZIPDREAM_VERSION_MINOR 2
#define ZIPDREAM_VERSION_PATCH 0

namespace zipdream {

// The version of the library that is linked, "0.2.0".
[[nodiscard]] ZIPDREAM_API const char* version();

// How many threads the library uses from now on; 0: one per core, as at the beginning. To be called
// while no other function of the library runs.
ZIPDREAM_API void set_thread_count(int count);

}  // namespace zipdream
