// SPDX-License-Identifier: Apache-2.0
// What the exact session of DEFLATE allocates: per batch and not per candidate, and little.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/parallel.h"
#include "codecs/deflate/exact_session.h"
#include "tests/codecs/memory/counted_memory.h"
#include "tests/codecs/sample_bytes.h"

namespace zipdream {
namespace {

constexpr std::size_t kContext = std::size_t{32} << 10;
constexpr std::size_t kTwoMegabytes = std::size_t{2} << 20;
constexpr std::size_t kPerBatch = 4;  // allocations: the list of jobs and the loop's body
constexpr std::size_t kBeams = 32;
constexpr std::size_t kHorizon = 24;

// Candidates in groups that differ in their last byte: all 256 after each of `prefixes`.
std::vector<Bytes> grouped(const std::vector<Bytes>& prefixes) {
  std::vector<Bytes> candidates;
  for (const Bytes& prefix : prefixes) {
    for (const Byte byte : full_alphabet()) candidates.push_back(concat(prefix, {&byte, 1}));
  }
  return candidates;
}

std::vector<ByteView> views(const std::vector<Bytes>& all) { return {all.begin(), all.end()}; }

// How often asking allocates when it has been done before.
std::size_t allocations_of(const Session& session, const std::vector<Bytes>& candidates) {
  const std::vector<ByteView> asked = views(candidates);
  std::vector<double> lengths(asked.size());
  session.bits_after(asked, lengths);  // what the thread keeps for later is allocated here
  const std::size_t before = allocation_count();
  session.bits_after(asked, lengths);
  return allocation_count() - before;
}

// The most that `work` has in use at once, with what its thread keeps for later.
template <class Work>
std::size_t peak_of(const Work& work) {
  const std::size_t before = bytes_in_use();
  reset_peak();
  std::thread(work).join();
  return peak_bytes_in_use() - before;
}

class ExactSessionMemory : public testing::TestWithParam<int> {
 public:
  ExactSessionMemory() { set_thread_count(1); }
  ~ExactSessionMemory() override { set_thread_count(0); }

 protected:
  std::unique_ptr<Session> start() const {
    auto session = start_exact_session(GetParam(), 18, Units::kBits);
    session->append(context_);
    return session;
  }

  // Beams that each ask for all of 65 bytes, of which two of three go on, one of them twice.
  void search() const {
    const Bytes symbols = random_bytes(65);
    std::vector<Bytes> candidates;
    for (const Byte symbol : symbols) candidates.push_back({symbol});
    const std::vector<ByteView> asked = views(candidates);
    std::vector<double> lengths(asked.size());
    std::vector<std::unique_ptr<Session>> beams;
    const auto primed = start();
    for (std::size_t i = 0; i < kBeams; ++i) beams.push_back(primed->clone());
    for (std::size_t step = 0; step < kHorizon; ++step) {
      std::vector<std::unique_ptr<Session>> survivors;
      for (std::size_t i = 0; i < kBeams; ++i) {
        beams[i]->bits_after(asked, lengths);
        survivors.push_back(beams[i * 2 / 3]->clone());
        survivors.back()->append(asked[(7 * i + step) % asked.size()]);
      }
      beams = std::move(survivors);
    }
  }

  Bytes context_ = text_like(kContext);
};

TEST_P(ExactSessionMemory, AllocatesAsOftenForManyCandidatesAsForFew) {
  std::vector<Bytes> prefixes;
  prefixes.reserve(10);
  for (int i = 0; i < 10; ++i) prefixes.push_back(text_like(1 + static_cast<std::size_t>(i), i));
  const std::vector<Bytes> few = grouped({prefixes[0]});
  const std::vector<Bytes> many = grouped(prefixes);
  const auto session = start();
  EXPECT_LE(allocations_of(*session, few), kPerBatch);
  EXPECT_EQ(allocations_of(*session, many), allocations_of(*session, few));
  EXPECT_EQ(allocations_of(*session, grouped({{}})), allocations_of(*session, few));
}

TEST_P(ExactSessionMemory, AllocatesNothingForEachCandidateOfItsOwnKind) {
  std::vector<Bytes> candidates;
  candidates.reserve(2560);
  for (int i = 0; i < 2560; ++i) candidates.push_back(text_like(24, i));
  const auto session = start();
  EXPECT_LE(allocations_of(*session, candidates), kPerBatch);
}

TEST_P(ExactSessionMemory, StaysBelowTwoMegabytesAfter32Kilobytes) {
  EXPECT_LE(peak_of([this] {
              const auto session = start();
              allocations_of(*session, grouped({{}}));
              // A clone that goes so far on its own that it can't share any more.
              const auto clone = session->clone();
              clone->append(text_like(4000, 2));
              allocations_of(*clone, grouped({{}}));
            }),
            kTwoMegabytes);
}

TEST_P(ExactSessionMemory, StaysBelowTwoMegabytesWithAllBeams) {
  EXPECT_LE(peak_of([this] { search(); }), kTwoMegabytes);
}

TEST_P(ExactSessionMemory, AllocatesForBeamsAndBatchesAndNotForTheirCandidates) {
  search();
  const std::size_t before = allocation_count();
  search();
  const std::size_t batches = kBeams * kHorizon;
  const std::size_t clones = kBeams * (kHorizon + 1);
  constexpr std::size_t kAround = 400;  // the first session, and the lists of this test
  EXPECT_LE(allocation_count() - before, clones + kPerBatch * batches + kAround);
}

INSTANTIATE_TEST_SUITE_P(Level, ExactSessionMemory, testing::Values(1, 3, 4, 6, 9),
                         [](const auto& test) { return std::to_string(test.param); });

}  // namespace
}  // namespace zipdream
