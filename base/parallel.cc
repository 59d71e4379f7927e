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
#include <utility>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#include "base/crew.h"
#include "base/process.h"

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

// What ThreadSanitizer does not see, because oneTBB is not compiled with it: all ranges of a loop
// run after its begin and before its end. Nothing otherwise.
class LoopOrder {
 public:
#ifdef __SANITIZE_THREAD__
  LoopOrder() { __tsan_release(&begin_); }
  LoopOrder(const LoopOrder&) = delete;
  LoopOrder& operator=(const LoopOrder&) = delete;
  ~LoopOrder() { __tsan_acquire(&end_); }

  class Range {
   public:
    explicit Range(LoopOrder& loop) : loop_(loop) { __tsan_acquire(&loop_.begin_); }
    Range(const Range&) = delete;
    Range& operator=(const Range&) = delete;
    ~Range() { __tsan_release(&loop_.end_); }

   private:
    LoopOrder& loop_;
  };

 private:
  char begin_ = 0;
  char end_ = 0;
#else
  struct Range {
    explicit Range(LoopOrder& /*loop*/) {}
  };
#endif
};

// Whether this thread runs a range of parallel_for() beside others.
thread_local bool is_in_loop = false;

struct InLoop {
  InLoop() : before(std::exchange(is_in_loop, true)) {}
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;
  ~InLoop() { is_in_loop = before; }
  bool before;
};

std::mutex crew_mutex;  // held by the loop that has them
std::unique_ptr<Crew> crew;
std::size_t crew_size = 0;

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
  LoopOrder order;
  // Not sanitized, for the reason that `loop` below has: it reads what is captured before it could
  // be told that it may.
  const auto run = [&](const tbb::blocked_range<std::size_t>& range)
      __attribute__((no_sanitize_thread)) {
    const LoopOrder::Range in_order(order);
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
  // stack. Not sanitized: another thread executes it when the arena is full, and reads what is
  // captured before it could be told that it may.
  const auto run_beside = [&](const tbb::blocked_range<std::size_t>& range)
      __attribute__((no_sanitize_thread)) {
    const InLoop in_loop;
    run(range);
  };
  const auto loop = [&]() __attribute__((no_sanitize_thread)) {
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, grain), run_beside);
  };
  shared_pool().arena.execute([&]() __attribute__((no_sanitize_thread)) {
    tbb::this_task_arena::isolate(loop);
  });
}

void parallel_for_short(std::size_t count, std::size_t grain,
                        const std::function<void(std::size_t begin, std::size_t end)>& body) {
  const auto threads = static_cast<std::size_t>(thread_count());
  if (count <= grain || threads == 1) return body(0, count);
  std::unique_lock lock(crew_mutex, std::defer_lock);
  if (is_in_loop || !lock.try_lock()) return parallel_for(count, grain, body);
  if (crew_size != threads - 1) {
    crew = std::make_unique<Crew>(threads - 1);
    crew_size = threads - 1;
  }
  crew->run(count, grain, body);
}

}  // namespace zipdream
