// SPDX-License-Identifier: Apache-2.0
// Replaces the allocator of the program it is linked into by one that can be told to fail, once:
// the N-th request of this thread, whoever makes it, our code, the standard library or zlib.
#pragma once

#include <cstddef>
#include <functional>

namespace zipdream {

// Runs it with the n-th allocation (from 1) of this thread failing. Returns whether there were as
// many, so whether one failed.
bool run_with_failure(std::size_t n, const std::function<void()>& run);

// How many allocations of this thread it makes.
[[nodiscard]] std::size_t count_allocations(const std::function<void()>& run);

}  // namespace zipdream
