// SPDX-License-Identifier: Apache-2.0
#include "generator/sample_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr std::string_view kTale =
    "On the rock at the end of the bay there stood a lighthouse, and in the lighthouse there lived "
    "a keeper, and the keeper had a lamp, a bell and a book.";

Bytes random_bytes(std::size_t count, std::uint64_t seed, std::uint64_t letters = 256) {
  Rng rng(seed);
  Bytes bytes(count);
  for (Byte& byte : bytes) byte = static_cast<Byte>(rng.next() % letters);
  return bytes;
}

SampleMetrics measure_one(ByteView corpus, std::string_view prompt, const Bytes& sample) {
  const std::array sequences = {Sequence{to_bytes(prompt), sample.size()}};
  return measure(corpus, sequences, std::array{sample});
}

// ---- the automaton, held against looking everywhere ----

std::size_t longest_shared(std::string_view text, std::size_t end, std::string_view other) {
  for (std::size_t length = end; length > 0; --length) {
    if (other.find(text.substr(end - length, length)) != std::string_view::npos) return length;
  }
  return 0;
}

TEST(SuffixAutomaton, FindsWhatALookEverywhereFinds) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::uint64_t letters = 1 + seed % 4;
    const Bytes bytes = random_bytes(40 + seed, seed, letters);
    const Bytes other = random_bytes(100, seed + 1000, letters + seed % 2);
    const std::string_view text = as_chars(bytes);
    SuffixAutomaton automaton;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      // What ends before byte i may start anywhere, so look in all but the last byte.
      EXPECT_EQ(automaton.append(bytes[i]), longest_shared(text, i + 1, text.substr(0, i)));
    }
    automaton.feed(ByteView(other).first(37));
    automaton.feed(ByteView(other).subspan(37));
    const std::vector<std::size_t> shared = automaton.shared_lengths();
    ASSERT_EQ(shared.size(), bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      EXPECT_EQ(shared[i], longest_shared(text, i + 1, as_chars(other))) << seed << " " << i;
    }
  }
}

// ---- the metrics, on samples whose answers are plain ----

TEST(SampleMetrics, OfASampleCopiedWhole) {
  const SampleMetrics metrics = measure_one({}, kTale, to_bytes(kTale.substr(20, 80)));
  EXPECT_EQ(metrics.bytes, 80U);
  EXPECT_EQ(metrics.longest_copied_run, 80U);
  EXPECT_EQ(metrics.copied_share, 1);
}

TEST(SampleMetrics, CountOnlyTheBytesOfLongCopies) {
  const std::string sample =
      "#" + std::string(kTale.substr(0, 20)) + "###" + std::string(kTale.substr(30, 15)) + "#";
  const SampleMetrics metrics = measure_one({}, kTale, to_bytes(sample));
  EXPECT_EQ(metrics.longest_copied_run, 20U);
  EXPECT_EQ(metrics.copied_share, 20 / 40.0);
}

TEST(SampleMetrics, SeeACopyAcrossTheEndOfTheCorpus) {
  const SampleMetrics metrics =
      measure_one(as_bytes(kTale.substr(0, 50)), kTale.substr(50), to_bytes(kTale.substr(30, 40)));
  EXPECT_EQ(metrics.longest_copied_run, 40U);
}

TEST(SampleMetrics, OfALoop) {
  std::string loop;
  for (int i = 0; i < 10; ++i) loop += "round and round, ";
  const SampleMetrics metrics = measure_one({}, "A wheel.", to_bytes(loop));
  EXPECT_DOUBLE_EQ(metrics.repeated_share, 0.9) << "all but the first round";
  EXPECT_LT(*metrics.distinct_4grams, 0.12);
  EXPECT_EQ(metrics.copied_share, 0);
}

TEST(SampleMetrics, CallShortRepetitionsNoLoop) {
  EXPECT_EQ(measure_one({}, "", to_bytes("fifteen letters|fifteen letters#")).repeated_share, 0);
  EXPECT_EQ(measure_one({}, "", to_bytes("sixteen letters!|sixteen letters!")).repeated_share,
            16 / 33.0);
}

TEST(SampleMetrics, OfRandomBytes) {
  const Bytes corpus = random_bytes(100000, 1);
  const SampleMetrics metrics = measure_one(corpus, "", random_bytes(2000, 2));
  EXPECT_LT(metrics.longest_copied_run, 8U);
  EXPECT_EQ(metrics.copied_share, 0);
  EXPECT_EQ(metrics.repeated_share, 0);
  EXPECT_GT(*metrics.distinct_4grams, 0.99);
}

TEST(SampleMetrics, OfNothing) {
  const SampleMetrics metrics = measure_one(as_bytes(kTale), "", {});
  EXPECT_EQ(metrics.bytes, 0U);
  EXPECT_EQ(metrics.longest_copied_run, 0U);
  EXPECT_EQ(metrics.copied_share, 0);
  EXPECT_EQ(metrics.distinct_4grams, std::nullopt);
}

TEST(SampleMetrics, HoldEachSequenceAgainstItsOwnPromptAndTheCorpus) {
  const std::string from_corpus = "a lighthouse, and in the lighthouse";
  const std::string left = "left of the first row";
  const std::string right = "right of the other row";
  const std::array sequences = {Sequence{to_bytes(left), 60}, Sequence{to_bytes(right), 60},
                                Sequence{{}, 60}};
  const std::array continuations = {to_bytes(left), to_bytes(left), to_bytes(from_corpus)};
  const SampleMetrics metrics = measure(as_bytes(kTale), sequences, continuations);
  EXPECT_EQ(metrics.sequences, 3U);
  EXPECT_EQ(metrics.bytes, 2 * left.size() + from_corpus.size());
  EXPECT_EQ(metrics.longest_copied_run, from_corpus.size());
  const double copied = static_cast<double>(left.size() + from_corpus.size());
  EXPECT_DOUBLE_EQ(metrics.copied_share, copied / static_cast<double>(metrics.bytes));
  EXPECT_EQ(metrics.repeated_share, 0) << "the second sequence does not know the first";
}

TEST(SampleMetrics, OfManySequencesSeeACopyAcrossTheEndOfTheCorpus) {
  const std::array sequences = {Sequence{to_bytes(kTale.substr(50)), 40}, Sequence{{}, 5}};
  const std::array continuations = {to_bytes(kTale.substr(30, 40)), to_bytes("#####")};
  EXPECT_EQ(measure(as_bytes(kTale.substr(0, 50)), sequences, continuations).longest_copied_run,
            40U);
}

TEST(SampleMetrics, TakeNoTimeForLongContextsAndSamples) {
  // Quadratic work would take minutes.
  const Bytes corpus = random_bytes(4 << 20, 3, 4);
  const Bytes zeros(200000, 0);
  EXPECT_EQ(measure_one(zeros, "", zeros).longest_copied_run, zeros.size());
  EXPECT_LT(measure_one(corpus, "", random_bytes(50000, 4, 4)).longest_copied_run, 40U);
}

}  // namespace
}  // namespace zipdream
