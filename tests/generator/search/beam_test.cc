// SPDX-License-Identifier: Apache-2.0
#include "generator/search/beam.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "generator/method.h"
#include "tests/generator/search/search_cases.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

Bytes searched(const SearchCase& given, const BeamOptions& options, std::uint64_t seed = 1) {
  const auto method = make_beam_search(given.start(), options);
  return continued(*method, given.prompt, given.count, seed);
}

// The same by the letter: every candidate is compressed whole, and all are sorted.
Bytes searched_plainly(const SearchCase& given, const BeamOptions& options) {
  const auto codec = make_codec(given.spec);
  Bytes context(given.corpus);
  const Bytes tail = given.seen(given.prompt);
  context.insert(context.end(), tail.begin(), tail.end());
  std::vector<Bytes> beams(1);
  for (std::size_t i = 0; i < options.horizon; ++i) {
    std::vector<std::pair<double, Bytes>> candidates;
    for (const Bytes& beam : beams) {
      for (const Byte symbol : given.alphabet()) {
        Bytes bytes = beam;
        bytes.push_back(symbol);
        Bytes whole = context;
        whole.insert(whole.end(), bytes.begin(), bytes.end());
        candidates.emplace_back(codec->bits(whole, given.units), bytes);
      }
    }
    std::ranges::stable_sort(candidates, {}, &std::pair<double, Bytes>::first);
    candidates.resize(std::min(candidates.size(), options.width));
    beams.clear();
    for (const auto& candidate : candidates) beams.push_back(candidate.second);
  }
  return beams.front();
}

TEST(BeamSearch, FindsWhatCompressingEveryCandidateFinds) {
  for (const char* spec : {"gzip:9", "zlib:1", "zstd:3", "bzip2"}) {
    for (const Units units : {Units::kBits, Units::kBytes}) {
      SearchCase given{.spec = spec, .units = units, .count = 6};
      const BeamOptions options{.horizon = 6, .width = 5, .sampler = {.temperature = 0}};
      EXPECT_EQ(as_chars(searched(given, options)), as_chars(searched_plainly(given, options)))
          << spec;
    }
  }
}

TEST(BeamSearch, LooksTheWholeHorizonAheadForTheLastBytesToo) {
  SearchCase given{.units = Units::kBytes, .count = 8};
  const BeamOptions options{.horizon = 8, .width = 4, .sampler = {.temperature = 0}};
  const Bytes whole = searched(given, options);
  given.count = 3;
  EXPECT_EQ(searched(given, options), Bytes(whole.begin(), whole.begin() + 3));
}

TEST(BeamSearch, DependsOnTheSeedAndNotOnTheThreads) {
  const SearchCase given{.count = 30};
  const BeamOptions options{.horizon = 5, .width = 8, .sampler = {.temperature = 3}};
  set_thread_count(1);
  const Bytes once = searched(given, options, 1);
  const Bytes other = searched(given, options, 2);
  for (const int threads : {2, 5}) {
    set_thread_count(threads);
    EXPECT_EQ(searched(given, options, 1), once);
  }
  EXPECT_NE(other, once);
}

TEST(BeamSearch, SamplesItsLastBeamsByTwoToTheMinusBits) {
  SearchCase given{.prompt = "ab", .corpus = to_bytes("aab"), .count = 1};
  constexpr double kTemperature = 2;
  std::vector<double> bits(2);
  const auto scorer = given.scorer();
  scorer->append(as_bytes(given.prompt));
  scorer->bits_with(bits);
  const double expected = 1 / (1 + std::exp2((bits[0] - bits[1]) / kTemperature));
  const auto method = make_beam_search(
      given.start(), {.horizon = 1, .width = 2, .sampler = {.temperature = kTemperature}});
  int count = 0;
  constexpr int kDraws = 4000;
  for (int seed = 0; seed < kDraws; ++seed) {
    count +=
        continued(*method, given.prompt, 1, static_cast<std::uint64_t>(seed))[0] == 'a' ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(count) / kDraws, expected, 0.03);
}

TEST(BeamSearch, FindsTheMostProbableStringOfAPredictorWhenWideEnough) {
  const MarkovPredictor predictor;
  double best = 1;
  std::string expected;
  for (int number = 0; number < 81; ++number) {
    const std::string path = {"abc"[number / 27], "abc"[number / 9 % 3], "abc"[number / 3 % 3],
                              "abc"[number % 3]};
    const double bits = predictor.bits("a", path);
    if (expected.empty() || bits < best) {
      best = bits;
      expected = path;
    }
  }
  const auto method = make_beam_search({make_predictor_scorer(predictor.clone()), 0, {}},
                                       {.horizon = 4, .width = 100, .sampler = {.temperature = 0}});
  EXPECT_EQ(as_chars(continued(*method, "a", 4, 1)), expected);
}

TEST(BeamSearch, NeverCopiesMoreThanItMay) {
  SearchCase given{.count = 120};
  for (const std::size_t longest : {3U, 6U}) {
    given.max_copy = longest;
    const Bytes bytes = searched(given, {.horizon = 7, .width = 6});
    ASSERT_EQ(bytes.size(), 120U);
    EXPECT_LE(longest_copy(given, bytes), longest);
  }
}

TEST(BeamSearch, SaysSoWhenEveryByteWouldBeACopy) {
  SearchCase given{.prompt = "ab", .corpus = to_bytes("abaab"), .count = 50};
  given.max_copy = 2;
  EXPECT_THROW((void)searched(given, {.horizon = 4, .width = 3}), Error);
}

TEST(BeamSearch, GoesOnWithAnAlphabetOfOneByte) {
  SearchCase given{.prompt = "a", .corpus = to_bytes("aaa"), .count = 5};
  EXPECT_EQ(as_chars(searched(given, {.horizon = 3, .width = 4})), "aaaaa");
}

}  // namespace
}  // namespace zipdream
