// SPDX-License-Identifier: Apache-2.0
// Lets a few requests compute at once, and the others wait in the order in which they came.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace zipdream {

// Threads: all members may be called from many.
class Gate {
 public:
  // REQUIRES: places >= 1.
  Gate(std::size_t places, std::size_t most_waiting) : free_(places), most_waiting_(most_waiting) {}

  // Waits for a place. False, at once, where too many wait already.
  [[nodiscard]] bool enter();
  void leave();

  // Lets those who wait go first, if anybody does: for who has had a place for some time.
  void give_way();

  [[nodiscard]] std::size_t waiting() const;

 private:
  void wait_for_turn(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t free_;
  std::size_t most_waiting_;
  std::uint64_t next_ticket_ = 0;  // of who comes next
  std::uint64_t serving_ = 0;      // the lowest that has no place yet
};

}  // namespace zipdream
