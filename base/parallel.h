// SPDX-License-Identifier: Apache-2.0
// Loops on all cores. One pool (oneTBB's) serves the whole process; nested loops share it.
#pragma once

#include <cstddef>
#include <functional>

#include "zipdream/runtime.h"

namespace zipdream {

// How many threads parallel_for() may use, as set_thread_count() said.
[[nodiscard]] int thread_count();

// Calls body(begin, end) for disjoint ranges that cover [0, count), each at least `grain` long
// where possible, on several threads; returns when all are done. The body must write only to places
// of its own range, so that results don't depend on the number of threads. The first exception of a
// body is rethrown and cancels the ranges not yet begun; so does a request to stop (Interrupted,
// base/process.h).
void parallel_for(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

// parallel_for() for loops of microseconds, by threads that wait for the next one with their eyes
// open for a while: what runs in between must be short, too. One loop at a time has these threads;
// others, and loops within a parallel_for(), are run by parallel_for(). The first exception of a
// body is rethrown.
void parallel_for_short(std::size_t count, std::size_t grain,
                        const std::function<void(std::size_t begin, std::size_t end)>& body);

}  // namespace zipdream
