// SPDX-License-Identifier: Apache-2.0
// A bound on the memory of the whole process, kept by the system.
#pragma once

#include <cstddef>

namespace zipdream {

// From now on the process may have so many bytes of its own: heap, stacks and tables, not files
// that are mapped to be read (RLIMIT_DATA). What would need more throws std::bad_alloc, or the
// Error of the library that ran short. To be called from main, before threads begin. Throws a
// usage Error when the system refuses.
void limit_memory(std::size_t bytes);

}  // namespace zipdream
