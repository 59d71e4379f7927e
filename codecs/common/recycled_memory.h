// SPDX-License-Identifier: Apache-2.0
// malloc() for the same few large blocks over and over. An encoder or a copy of one takes hundreds
// of KB in a few blocks and lives for one candidate; left to malloc() the kernel takes the pages
// back and hands them out zeroed each time, which costs ten times what the encoder does with them.
// Here each thread keeps the blocks that were freed on it, up to a limit, and gives them out again.
// Blocks may be freed on any thread.
#pragma once

#include <cstddef>

namespace zipdream {

// `size` bytes with unspecified contents, aligned as malloc() aligns; nullptr when there is no
// memory.
[[nodiscard]] void* allocate_recycled(std::size_t size) noexcept;

// REQUIRES: `block` came from allocate_recycled() or is nullptr.
void free_recycled(void* block) noexcept;

}  // namespace zipdream
