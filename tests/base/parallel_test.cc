// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
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

}  // namespace
}  // namespace zipdream
