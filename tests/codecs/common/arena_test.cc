// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/arena.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "zipdream/codec.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

// Blocks of many sizes, with random contents that are known to the test too.
class Blocks {
 public:
  Blocks(Arena& arena, std::uint64_t seed) : arena_(arena), rng_(seed) {}

  void add(std::size_t size) {
    auto* const memory = static_cast<Byte*>(arena_.allocate(size));
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t), 0U);
    blocks_.push_back({memory, Bytes(size)});
    for (Byte& byte : blocks_.back().expected) byte = static_cast<Byte>(rng_.next());
    std::ranges::copy(blocks_.back().expected, memory);
  }

  // What a candidate does: writes here and there, frees some blocks, takes others.
  void scribble(int writes) {
    for (int i = 0; i < writes; ++i) {
      Block& block = blocks_[rng_.next() % blocks_.size()];
      if (!block.expected.empty()) block.memory[rng_.next() % block.expected.size()] ^= 0x55;
    }
    for (std::size_t i = 0; i < blocks_.size(); i += 7) arena_.release(blocks_[i].memory);
    for (const std::size_t size : {1, 100, 5000, 70'000, 3'000'000}) {
      void* const block = arena_.allocate(size);
      ASSERT_NE(block, nullptr);
      std::memset(block, 0xaa, size);
      if (size % 3 == 0) arena_.release(block);
    }
  }

  // What happens to a context as it grows: known changes.
  void change(int writes) {
    for (int i = 0; i < writes; ++i) {
      Block& block = blocks_[rng_.next() % blocks_.size()];
      if (block.expected.empty()) continue;
      const std::size_t at = rng_.next() % block.expected.size();
      block.memory[at] = block.expected[at] = static_cast<Byte>(rng_.next());
    }
  }

  [[nodiscard]] bool are_as_expected() const {
    return std::ranges::all_of(blocks_, [](const Block& block) {
      return std::ranges::equal(block.expected, ByteView(block.memory, block.expected.size()));
    });
  }

 private:
  struct Block {
    Byte* memory;
    Bytes expected;
  };
  Arena& arena_;
  Rng rng_;
  std::vector<Block> blocks_;
};

using Restore = Arena::Restore;

class ArenaRestore : public testing::TestWithParam<Restore> {
 protected:
  ArenaRestore() {
    if (GetParam() == Restore::kGuards) use_page_guards();
  }
};

void fill(Blocks& blocks) {
  for (const std::size_t size : {0, 1, 16, 17, 64, 65, 1000, 4096, 4097, 50'000, 1'000'000}) {
    blocks.add(size);
  }
}

TEST_P(ArenaRestore, PutsBackEveryByte) {
  Arena arena(GetParam());
  Blocks blocks(arena, 1);
  fill(blocks);
  arena.snapshot();
  if (GetParam() != Restore::kAutomatic) {
    EXPECT_EQ(arena.restores_by(), GetParam());
  }
  for (int round = 0; round < 20; ++round) {
    blocks.scribble(1 + 20 * round);  // later rounds write pages that no earlier one did
    arena.restore();
    ASSERT_TRUE(blocks.are_as_expected()) << round;
  }
}

TEST_P(ArenaRestore, GoesOnFromTheNextSnapshot) {
  Arena arena(GetParam());
  Blocks blocks(arena, 2);
  fill(blocks);
  for (int round = 0; round < 200; ++round) {
    arena.snapshot();
    blocks.scribble(30);
    arena.restore();
    ASSERT_TRUE(blocks.are_as_expected()) << round;
    if (round % 17 == 16) arena.thaw();
    blocks.change(20);
    if (round % 10 == 0) blocks.add(static_cast<std::size_t>(round) * 1000);
  }
}

TEST_P(ArenaRestore, ClosesPagesThatAreNoLongerWritten) {
  Arena arena(GetParam());
  Blocks blocks(arena, 4);
  for (int i = 0; i < 4; ++i) blocks.add(1'000'000);
  arena.snapshot();
  blocks.change(5000);
  arena.snapshot();
  const std::size_t cost = arena.cost();
  for (int candidate = 0; candidate < 50; ++candidate) {
    blocks.scribble(2);
    arena.restore();
    arena.close_unused_pages();
    ASSERT_TRUE(blocks.are_as_expected()) << candidate;
  }
  if (arena.restores_by() == Restore::kGuards) {
    EXPECT_LT(arena.cost(), cost / 2);
  }
  blocks.change(5000);
  arena.snapshot();
  blocks.scribble(5000);
  arena.restore();
  EXPECT_TRUE(blocks.are_as_expected());
}

TEST_P(ArenaRestore, GivesOutTheSameBlocksAfterARestore) {
  Arena arena(GetParam());
  void* const kept = arena.allocate(300'000);
  void* const freed = arena.allocate(1000);
  arena.release(freed);
  arena.snapshot();
  EXPECT_EQ(arena.allocate(1000), freed);
  void* const next = arena.allocate(1000);
  arena.release(kept);
  EXPECT_EQ(arena.allocate(300'000), kept);
  arena.restore();
  EXPECT_EQ(arena.allocate(1000), freed);
  EXPECT_EQ(arena.allocate(1000), next);
  EXPECT_NE(arena.allocate(300'000), kept) << "it is in use again";
}

TEST_P(ArenaRestore, WorksInManyThreadsAtOnceAndMovesBetweenThem) {
  std::vector<std::unique_ptr<Arena>> arenas;
  std::vector<std::unique_ptr<Blocks>> blocks;
  for (std::uint64_t i = 0; i < 8; ++i) {
    arenas.push_back(std::make_unique<Arena>(GetParam()));
    blocks.push_back(std::make_unique<Blocks>(*arenas.back(), i));
    fill(*blocks.back());
    arenas.back()->snapshot();
  }
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < arenas.size(); ++i) {
      threads.emplace_back([&, at = (i + shift) % arenas.size()] {
        Arena passing(GetParam());  // regions come and go meanwhile
        Blocks passing_blocks(passing, at);
        fill(passing_blocks);
        passing.snapshot();
        for (int round = 0; round < 10; ++round) {
          blocks[at]->scribble(50);
          arenas[at]->restore();
          EXPECT_TRUE(blocks[at]->are_as_expected());
          passing_blocks.scribble(50);
          passing.restore();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

std::string name_of(const testing::TestParamInfo<Restore>& test) {
  constexpr const char* kNames[] = {"Automatic", "Copy", "CopyOnWrite", "Guards"};
  return kNames[static_cast<int>(test.param)];
}

INSTANTIATE_TEST_SUITE_P(By, ArenaRestore,
                         testing::Values(Restore::kAutomatic, Restore::kCopy, Restore::kCopyOnWrite,
                                         Restore::kGuards),
                         name_of);

TEST(Arena, HasNoMoreThanItsLimit) {
  Arena arena;
  EXPECT_EQ(arena.allocate(kMaxArenaBytes), nullptr);
  EXPECT_EQ(arena.allocate(static_cast<std::size_t>(-1)), nullptr);
  EXPECT_NE(arena.allocate(std::size_t{1} << 30), nullptr) << "only reserved, not touched";
  EXPECT_LT(arena.cost(), std::size_t{1} << 20);
}

void crash() {
  use_page_guards();
  Arena arena(Restore::kGuards);
  arena.snapshot();
  void* const page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile Byte*>(page) = 1;
}

void exit_with_seven(int /*signal*/) { std::_Exit(7); }

TEST(ArenaDeathTest, LeavesOtherFaultsToWhoHandledThemBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        crash();
      },
      testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, exit_with_seven);
        crash();
      },
      testing::ExitedWithCode(7), "");
}

bool handles_faults() {
  struct sigaction action {};
  sigaction(SIGSEGV, nullptr, &action);
  return action.sa_handler != SIG_DFL;
}

TEST(ArenaDeathTest, InstallsNoHandlerUnasked) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        for (const Restore how : {Restore::kAutomatic, Restore::kGuards}) {
          Arena arena(how);
          Blocks blocks(arena, 5);
          for (int i = 0; i < 4; ++i) blocks.add(1'000'000);
          arena.snapshot();
          blocks.scribble(100);
          arena.restore();
          if (!blocks.are_as_expected() || handles_faults()) std::_Exit(1);
        }
        use_page_guards();
        std::_Exit(handles_faults() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ArenaDeathTest, CopiesWhereAnotherHandlerHasTheFaults) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        use_page_guards();
        Arena arena(Restore::kGuards);
        Blocks blocks(arena, 3);
        fill(blocks);
        arena.snapshot();
        const bool was_guarded = arena.restores_by() == Restore::kGuards;
        arena.restore();
        std::signal(SIGSEGV, exit_with_seven);
        arena.snapshot();
        blocks.scribble(100);
        arena.restore();
        std::_Exit(was_guarded && arena.restores_by() == Restore::kCopy && blocks.are_as_expected()
                       ? 0
                       : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace zipdream
