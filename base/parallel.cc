// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/interrupt.h"

namespace zipdream {
namespace {

// The arena says how many threads may join; global_control allows more than there are cores.
struct Pool {
  explicit Pool(int count)
      : limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count)),
        arena(count) {}
  tbb::global_control limit;
  tbb::task_arena arena;
};

int requested_count = 0;
std::unique_ptr<Pool> pool;

Pool& shared_pool() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!pool) pool = std::make_unique<Pool>(thread_count());
  });
  return *pool;
}

}  // namespace

void set_thread_count(int count) {
  requested_count = count;
  pool = std::make_unique<Pool>(thread_count());
}

int thread_count() {
  return requested_count > 0 ? requested_count : tbb::info::default_concurrency();
}

void parallel_for(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body) {
  const auto run = [&body](const tbb::blocked_range<std::size_t>& range) {
    check_interrupt();
    body(range.begin(), range.end());
  };
  if (count <= grain || thread_count() == 1) {
    // Ranges of `grain` all the same, so that a request to stop is seen in time.
    for (std::size_t begin = 0; begin < count; begin += grain) {
      run({begin, std::min(count, begin + grain)});
    }
    return;
  }
  // Isolated: a thread that waits for an inner loop must not begin a range of an outer one on its
  // stack.
  shared_pool().arena.execute([&] {
    tbb::this_task_arena::isolate(
        [&] { tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, grain), run); });
  });
}

}  // namespace zipdream
