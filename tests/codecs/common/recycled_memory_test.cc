// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/recycled_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace zipdream {
namespace {

TEST(RecycledMemory, GivesABlockOfTheSameSizeAgain) {
  void* const first = allocate_recycled(65536);
  free_recycled(first);
  void* const other = allocate_recycled(65535);
  void* const second = allocate_recycled(65536);
  EXPECT_EQ(second, first);
  EXPECT_NE(other, first);
  free_recycled(second);
  free_recycled(other);
}

TEST(RecycledMemory, IsAlignedForEverything) {
  for (const std::size_t size : {0, 1, 24, 5952, 65536}) {
    void* const block = allocate_recycled(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
    std::memset(block, 1, size);
    free_recycled(block);
  }
  free_recycled(nullptr);
}

// Blocks that are not freed yet: all of them are there, and no two are the same memory.
void expect_distinct(const std::vector<void*>& blocks) {
  EXPECT_EQ(std::count(blocks.begin(), blocks.end(), nullptr), 0);
  EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), blocks.size());
}

TEST(RecycledMemory, MayBeFreedOnAnotherThreadAndInAnyNumber) {
  std::vector<void*> blocks(100);
  const auto take_all = [&] {
    for (void*& block : blocks) {
      block = allocate_recycled(1000);
      if (block != nullptr) std::memset(block, 0x5a, 1000);
    }
  };
  take_all();
  expect_distinct(blocks);
  std::thread([&] {
    for (void* const block : blocks) free_recycled(block);
    take_all();  // some of them are those that this thread has just freed
  }).join();
  expect_distinct(blocks);
  for (void* const block : blocks) free_recycled(block);
}

// Freed when the spares of its thread are gone already; run under valgrind or ASan this is the
// test.
struct Late {
  ~Late() { free_recycled(block); }
  void* block = nullptr;
};

TEST(RecycledMemory, MayBeFreedAtTheVeryEndOfAThread) {
  std::thread([] {
    thread_local Late late;  // begun before the spares' guard, so ended after it
    late.block = allocate_recycled(100);
    free_recycled(allocate_recycled(200));
  }).join();
}

}  // namespace
}  // namespace zipdream
