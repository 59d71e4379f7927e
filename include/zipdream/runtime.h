// SPDX-License-Identifier: Apache-2.0
// The version of the library, how many threads it takes, and what it keeps for later. Stable.
#pragma once

#include <string>

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

// A file where the SHA-256 of large model files are kept from now on, so that the next process need
// not read them again; it is made when it is needed. "": none, as at the beginning. What can't be
// read or written there is worked out anew. To be called while no other function of the library
// runs. Experimental.
ZIPDREAM_API void keep_digests_in(const std::string& path);

}  // namespace zipdream
