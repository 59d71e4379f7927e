// SPDX-License-Identifier: Apache-2.0
// Threads for loops of microseconds. They look out for the next loop for some time before they
// sleep, so that beginning one costs about as much as a memory access that other cores see.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace zipdream {

// Threads: one caller of run() at a time.
class Crew {
 public:
  // `count` threads besides the caller's; fewer where the system refuses them.
  explicit Crew(std::size_t count);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  // Calls body(begin, end) for ranges of `grain` that cover [0, count), by the caller and by those
  // threads that come in time; returns when all are done. Rethrows the first exception of a body.
  using Body = std::function<void(std::size_t begin, std::size_t end)>;
  void run(std::size_t count, std::size_t grain, const Body& body);

 private:
  void work();
  void take_ranges();
  [[nodiscard]] bool wait_for_loop(std::uint64_t last);

  // What `state_` says: the number of the loop, whether it can be joined, and how many have.
  static constexpr std::uint64_t kOpen = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kLoop = std::uint64_t{1} << 33;
  [[nodiscard]] static std::uint64_t loop_of(std::uint64_t state) { return state / kLoop; }

  std::atomic<std::uint64_t> state_{0};
  std::atomic<bool> stops_{false};
  alignas(64) std::atomic<std::size_t> next_{0};  // where the next range begins
  // Of the loop that runs; set before it is open.
  std::size_t count_ = 0;
  std::size_t grain_ = 1;
  const Body* body_ = nullptr;
  std::mutex mutex_;  // of what follows
  std::exception_ptr error_;
  std::condition_variable wakes_;
  std::atomic<std::size_t> sleeping_{0};
  std::vector<std::thread> threads_;
};

}  // namespace zipdream
