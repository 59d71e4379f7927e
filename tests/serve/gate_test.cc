// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace zipdream {
namespace {

void wait_until_waiting(const Gate& gate, std::size_t count) {
  while (gate.waiting() < count) std::this_thread::yield();
}

TEST(Gate, LetsInWhoComesFirst) {
  Gate gate(1, 10);
  ASSERT_TRUE(gate.enter());
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      ASSERT_TRUE(gate.enter());
      {
        const std::lock_guard lock(mutex);
        order.push_back(i);
      }
      gate.leave();
    });
    wait_until_waiting(gate, static_cast<std::size_t>(i) + 1);
  }
  gate.leave();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Gate, TurnsAwayWhomItHasNoRoomFor) {
  Gate gate(1, 1);
  ASSERT_TRUE(gate.enter());
  std::thread waiting([&] {
    EXPECT_TRUE(gate.enter());
    gate.leave();
  });
  wait_until_waiting(gate, 1);
  EXPECT_FALSE(gate.enter());
  gate.leave();
  waiting.join();
  EXPECT_TRUE(gate.enter()) << "there is room again";
}

TEST(Gate, GivesWayToThoseWhoWaitAndComesBack) {
  Gate gate(1, 10);
  ASSERT_TRUE(gate.enter());
  gate.give_way();  // nobody waits
  std::atomic<bool> was_in{false};
  std::thread other([&] {
    ASSERT_TRUE(gate.enter());
    was_in = true;
    gate.leave();
  });
  wait_until_waiting(gate, 1);
  gate.give_way();
  EXPECT_TRUE(was_in);
  gate.leave();
  other.join();
}

}  // namespace
}  // namespace zipdream
