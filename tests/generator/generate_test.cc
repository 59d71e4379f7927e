// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "base/parallel.h"
#include "generator/method.h"
#include "tests/generator/search/search_cases.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::vector<Sequence> three_sequences() {
  return {{to_bytes("one fish two fish red fish "), 12},
          {to_bytes("abababababab"), 0},
          {to_bytes("row, row, row your boat, row, row"), 20}};
}

std::unique_ptr<Method> sampling(std::string_view spec, const SamplerOptions& sampler = {}) {
  return make_sampling(make_predictor(spec, {}), sampler);
}

std::vector<Bytes> generated(int threads, std::uint64_t seed) {
  set_thread_count(threads);
  return generate(*sampling("gzip:6"), three_sequences(), seed, [](std::size_t, ByteView) {});
}

TEST(Generate, GivesEachSequenceExactlyTheBytesAskedFor) {
  const std::vector<Bytes> continuations = generated(1, 1);
  ASSERT_EQ(continuations.size(), 3U);
  EXPECT_EQ(continuations[0].size(), 12U);
  EXPECT_EQ(continuations[1].size(), 0U);
  EXPECT_EQ(continuations[2].size(), 20U);
}

TEST(Generate, DependsOnTheSeedAndNotOnTheThreads) {
  const std::vector<Bytes> expected = generated(1, 1);
  EXPECT_EQ(generated(2, 1), expected);
  EXPECT_EQ(generated(5, 1), expected);
  EXPECT_NE(generated(1, 2), expected);
}

TEST(Generate, ReportsEveryByteInTheOrderOfItsStrand) {
  set_thread_count(3);
  std::vector<Bytes> reported(3);
  std::mutex mutex;
  const std::vector<Bytes> continuations = generate(
      *sampling("gzip:6"), three_sequences(), 4, [&](std::size_t sequence, ByteView bytes) {
        const std::scoped_lock lock(mutex);
        reported[sequence].insert(reported[sequence].end(), bytes.begin(), bytes.end());
      });
  EXPECT_EQ(reported, continuations);
}

// As the parts of rows of an image that see each other are.
TEST(Generate, SeesWhatIsGivenBetweenItsRuns) {
  const Sequence sequence = {
      to_bytes("one fish two "), 7, {to_bytes("fish red "), to_bytes("!")}, 3};
  const auto method = sampling("gzip:6", {.temperature = 0});
  const Bytes sampled = generate(*method, {&sequence, 1}, 1, [](std::size_t, ByteView) {})[0];
  ASSERT_EQ(sampled.size(), 7U);
  const auto predictor = make_predictor("gzip:6", {});
  predictor->observe(sequence.prompt);
  std::vector<double> log2_probs(256);
  for (std::size_t i = 0; i < 7; ++i) {
    predictor->log2_probs(log2_probs);
    EXPECT_EQ(log2_probs[sampled[i]], *std::ranges::max_element(log2_probs)) << i;
    predictor->update(sampled[i]);
    if (i == 2 || i == 5) predictor->observe(sequence.forced_segments[i / 3]);
  }
}

TEST(Generate, NeverCopiesMoreThanItMay) {
  CopyLimit limit(4);
  const auto method = make_sampling(make_predictor("gzip:6", {}), {.temperature = 0.5}, limit);
  const std::vector<Sequence> sequences = {{to_bytes("tick tock tick tock tick tock ti"), 60}};
  const auto continuations = generate(*method, sequences, 0, [](std::size_t, ByteView) {});
  ASSERT_EQ(continuations[0].size(), 60U);
  EXPECT_LE(
      longest_copy({.prompt = "tick tock tick tock tick tock ti", .corpus = {}}, continuations[0]),
      4U);
}

TEST(Generate, RepeatsARepetitionWhenGreedy) {
  const auto method = sampling("gzip:9", {.temperature = 0});
  const std::vector<Sequence> sequences = {{to_bytes("tick tock tick tock tick tock ti"), 8}};
  const auto continuations = generate(*method, sequences, 0, [](std::size_t, ByteView) {});
  EXPECT_EQ(as_chars(continuations[0]), "ck tock ");
}

}  // namespace
}  // namespace zipdream
