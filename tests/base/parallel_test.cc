// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace zipdream {
namespace {

TEST(ParallelFor, CoversEveryIndexOnceOnAnyNumberOfThreads) {
  for (const int threads : {1, 2, 7}) {
    set_thread_count(threads);
    std::vector<int> visits(1000);
    parallel_for(visits.size(), 3, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    EXPECT_EQ(visits, std::vector<int>(1000, 1)) << threads << " threads";
  }
}

TEST(ParallelFor, AcceptsAnEmptyRange) {
  parallel_for(0, 1, [](std::size_t, std::size_t) { FAIL(); });
}

TEST(ParallelFor, RethrowsTheExceptionOfABody) {
  for (const int threads : {1, 4}) {
    set_thread_count(threads);
    EXPECT_THROW(parallel_for(100, 1,
                              [](std::size_t begin, std::size_t) {
                                if (begin == 57) throw std::runtime_error("57");
                              }),
                 std::runtime_error);
  }
}

TEST(ParallelFor, Nests) {
  set_thread_count(4);
  std::atomic<int> count = 0;
  parallel_for(8, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      parallel_for(16, 1, [&](std::size_t b, std::size_t e) { count += static_cast<int>(e - b); });
    }
  });
  EXPECT_EQ(count, 128);
}

TEST(ThreadCount, IsOnePerCoreUnlessSet) {
  set_thread_count(0);
  EXPECT_GE(thread_count(), 1);
  set_thread_count(3);
  EXPECT_EQ(thread_count(), 3);
}

// Each place is visited once, whatever the sizes, in loops that follow each other closely.
TEST(ParallelForShort, CoversItsRangesOnceOnAnyNumberOfThreads) {
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    for (std::size_t count = 0; count < 400; ++count) {
      std::vector<int> visits(count);
      parallel_for_short(count, count % 7 + 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) ++visits[i];
      });
      ASSERT_EQ(visits, std::vector<int>(count, 1)) << count << " on " << threads;
    }
  }
  set_thread_count(0);
}

TEST(ParallelForShort, RunsAfterItsThreadsWentToSleep) {
  set_thread_count(3);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<std::size_t> sum = 0;
    parallel_for_short(1000, 10, [&](std::size_t begin, std::size_t end) {
      for (std::size_t j = begin; j < end; ++j) sum += j;
    });
    EXPECT_EQ(sum, 499500U);
  }
  set_thread_count(0);
}

TEST(ParallelForShort, RethrowsAndRunsAgain) {
  set_thread_count(3);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THROW(parallel_for_short(100, 1,
                                    [](std::size_t begin, std::size_t /*end*/) {
                                      if (begin % 10 == 3) throw std::runtime_error("three");
                                    }),
                 std::runtime_error);
    std::atomic<int> visits = 0;
    parallel_for_short(100, 1, [&](std::size_t begin, std::size_t end) {
      visits += static_cast<int>(end - begin);
    });
    EXPECT_EQ(visits, 100);
  }
  set_thread_count(0);
}

TEST(ParallelForShort, RunsWithinOtherLoopsAndBesideThem) {
  set_thread_count(4);
  std::vector<std::atomic<int>> visits(64);
  parallel_for(8, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      parallel_for_short(8, 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t j = first; j < last; ++j) ++visits[8 * i + j];
      });
    }
  });
  for (const std::atomic<int>& each : visits) EXPECT_EQ(each, 1);
  set_thread_count(0);
}

}  // namespace
}  // namespace zipdream
