// SPDX-License-Identifier: Apache-2.0
#include "base/crew.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace zipdream {
namespace {

// How long a thread looks out for the next loop: longer than what a model does between two.
constexpr std::chrono::microseconds kLookout{60};
constexpr int kLooksAtClock = 64;  // looks between two at the clock

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Crew::Crew(std::size_t count) {
  try {
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // Fewer do, too.
  }
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wakes_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::run(std::size_t count, std::size_t grain, const Body& body) {
  count_ = count;
  grain_ = grain;
  body_ = &body;
  next_.store(0, std::memory_order_relaxed);
  const std::uint64_t loop = loop_of(state_.load(std::memory_order_relaxed)) + 1;
  state_.store(loop * kLoop | kOpen);
  if (sleeping_.load() > 0) {
    // Taken once, so that no thread is between looking and sleeping.
    { const std::lock_guard lock(mutex_); }
    wakes_.notify_all();
  }
  take_ranges();
  // Closed: who has not come by now need not be waited for.
  std::uint64_t state = state_.fetch_and(~kOpen) & ~kOpen;
  for (int looks = 0; state != loop * kLoop; state = state_.load(std::memory_order_acquire)) {
    pause();
    if (++looks % 1024 == 0) std::this_thread::yield();
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Crew::take_ranges() {
  try {
    while (true) {
      const std::size_t begin = next_.fetch_add(grain_, std::memory_order_relaxed);
      if (begin >= count_) return;
      (*body_)(begin, std::min(count_, begin + grain_));
    }
  } catch (...) {
    next_.store(count_, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

// Returns false when the threads are to end.
bool Crew::wait_for_loop(std::uint64_t last) {
  const auto is_new = [&] {
    const std::uint64_t state = state_.load();
    return (state & kOpen) != 0 && loop_of(state) != last;
  };
  const auto end = std::chrono::steady_clock::now() + kLookout;
  do {
    for (int i = 0; i < kLooksAtClock; ++i) {
      if (is_new()) return true;
      pause();
    }
    if (stops_.load(std::memory_order_relaxed)) return false;
  } while (std::chrono::steady_clock::now() < end);
  std::unique_lock lock(mutex_);
  ++sleeping_;
  wakes_.wait(lock, [&] { return is_new() || stops_; });
  --sleeping_;
  return !stops_;
}

void Crew::work() {
  std::uint64_t last = 0;
  while (wait_for_loop(last)) {
    std::uint64_t state = state_.load();
    while ((state & kOpen) != 0 && !state_.compare_exchange_weak(state, state + 1)) {
    }
    if ((state & kOpen) == 0) continue;
    last = loop_of(state);
    take_ranges();
    state_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace zipdream
