// SPDX-License-Identifier: Apache-2.0
#include "models/paged_array.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "zipdream/random.h"

namespace zipdream {
namespace {

TEST(PagedArray, BeginsWithZerosAndKeepsWhatIsWritten) {
  PagedArray<std::uint32_t> array(5000);
  EXPECT_EQ(array[4999], 0U);
  array.edit(4999) = 7;
  array.resize(20'000);
  EXPECT_EQ(array[4999], 7U);
  EXPECT_EQ(array[19'999], 0U);
  EXPECT_EQ(array.size(), 20'000U);
}

// Many copies of copies, written to in random order, against vectors.
TEST(PagedArray, HasIndependentCopies) {
  constexpr std::size_t kSize = 3 * PagedArray<std::uint64_t>::kPageItems + 5;
  Rng rng(1);
  std::vector<std::unique_ptr<PagedArray<std::uint64_t>>> arrays;
  std::vector<std::vector<std::uint64_t>> expected(1, std::vector<std::uint64_t>(kSize));
  arrays.push_back(std::make_unique<PagedArray<std::uint64_t>>(kSize));
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t which = rng.next() % arrays.size();
    const std::size_t i = rng.next() % kSize;
    if (round % 50 == 0 && arrays.size() < 12) {
      arrays.push_back(std::make_unique<PagedArray<std::uint64_t>>(*arrays[which]));
      expected.push_back(expected[which]);
    } else if (round % 70 == 0) {
      *arrays[0] = *arrays[which];
      expected[0] = std::vector<std::uint64_t>(expected[which]);
    } else {
      arrays[which]->edit(i) = expected[which][i] = rng.next();
    }
  }
  for (std::size_t which = 0; which < arrays.size(); ++which) {
    for (std::size_t i = 0; i < kSize; ++i) ASSERT_EQ((*arrays[which])[i], expected[which][i]);
  }
}

TEST(PagedArray, OutlivesWhatItWasCopiedFrom) {
  auto first = std::make_unique<PagedArray<std::uint32_t>>(3000);
  first->edit(2999) = 5;
  PagedArray<std::uint32_t> second(*first);
  first->edit(2999) = 6;
  first.reset();
  EXPECT_EQ(second[2999], 5U);
  second.edit(2998) = 1;
  EXPECT_EQ(second[2999], 5U);
}

TEST(PagedArray, CanBeCopiedBySeveralThreadsAtOnce) {
  PagedArray<std::uint32_t> array(100'000);
  for (std::size_t i = 0; i < array.size(); ++i) array.edit(i) = static_cast<std::uint32_t>(i);
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&array, t] {
      for (int round = 0; round < 20; ++round) {
        PagedArray<std::uint32_t> copy(array);
        for (std::size_t i = t; i < copy.size(); i += 777) copy.edit(i) += t;
        for (std::size_t i = t; i < copy.size(); i += 777) ASSERT_EQ(copy[i], i + t);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < array.size(); ++i) ASSERT_EQ(array[i], i);
}

TEST(PagedArray, GivesPagesAsSpans) {
  PagedArray<std::uint32_t> array(3000);
  const std::size_t page = PagedArray<std::uint32_t>::kPageItems;
  for (std::uint32_t& item : array.edit_items(page + 10, 4)) item = 9;
  EXPECT_EQ(array[page + 9], 0U);
  EXPECT_EQ(array[page + 13], 9U);
  EXPECT_EQ(array.items(page + 13, 2)[1], 0U);
}

TEST(PageMemory, GivesPagesThatDontOverlapAndTakesThemBack) {
  constexpr std::size_t kBytes = 16'448;
  PageMemory memory(kBytes);
  Rng rng(3);
  std::vector<unsigned char*> pages;
  const auto is_whole = [](const unsigned char* page, unsigned char mark) {
    return std::all_of(page, page + kBytes, [mark](unsigned char byte) { return byte == mark; });
  };
  for (int round = 0; round < 3000; ++round) {
    if (pages.size() < 300 && (pages.empty() || rng.next() % 5 < 3)) {
      pages.push_back(static_cast<unsigned char*>(memory.allocate()));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.back()) % PageMemory::kAlignment, 0U);
      std::fill_n(pages.back(), kBytes, static_cast<unsigned char>(pages.size() % 251));
    } else {
      ASSERT_TRUE(is_whole(pages.back(), static_cast<unsigned char>(pages.size() % 251)));
      memory.free(pages.back());
      pages.pop_back();
    }
  }
  while (!pages.empty()) {
    memory.free(pages.back());
    pages.pop_back();
  }
}

}  // namespace
}  // namespace zipdream
