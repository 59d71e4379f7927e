// SPDX-License-Identifier: Apache-2.0
#include "generator/search/spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/parallel.h"
#include "generator/method.h"
#include "tests/generator/search/search_cases.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::StartsWith;

Bytes spanned(const SearchCase& given, const SpanOptions& options, std::uint64_t seed = 1) {
  const auto method = make_span_search(given.start(), given.corpus, options);
  return continued(*method, given.prompt, given.count, seed);
}

TEST(SpanSearch, TakesWhatFollowsInTheCorpus) {
  const SearchCase given{.prompt = "and the lazy", .count = 8};
  const SpanOptions options{.span = 4, .key = 6, .sampler = {.temperature = 0}};
  EXPECT_THAT(std::string(as_chars(spanned(given, options))), StartsWith(" dog"));
}

TEST(SpanSearch, GivesExactlyTheBytesAskedFor) {
  for (std::size_t count : {0U, 1U, 7U, 8U, 9U, 60U}) {
    EXPECT_EQ(spanned({.count = count}, {}).size(), count);
    EXPECT_EQ(spanned({.count = count}, {.span = 1, .key = 1}).size(), count);
  }
}

TEST(SpanSearch, LeavesTheCorpusWhenHot) {
  const SearchCase given{.count = 300};
  EXPECT_GE(longest_copy(given, spanned(given, {.sampler = {.temperature = 0.01}})), 30U);
  EXPECT_LE(longest_copy(given, spanned(given, {.sampler = {.temperature = 50}})), 25U);
}

TEST(SpanSearch, DependsOnTheSeedAndNotOnTheThreads) {
  const SearchCase given{.count = 60};
  const SpanOptions options{.span = 5, .sampler = {.temperature = 4}};
  set_thread_count(1);
  const Bytes once = spanned(given, options, 1);
  const Bytes other = spanned(given, options, 2);
  set_thread_count(4);
  EXPECT_EQ(spanned(given, options, 1), once);
  EXPECT_NE(other, once);
}

TEST(SpanSearch, NeverCopiesMoreThanItMay) {
  SearchCase given{.count = 150};
  given.max_copy = 9;
  const Bytes bytes = spanned(given, {.span = 4, .key = 4});
  EXPECT_LE(longest_copy(given, bytes), 9U);
}

TEST(SpanSearch, SaysSoWhenEveryByteWouldBeACopy) {
  SearchCase given{.prompt = "ab", .corpus = to_bytes("abaababb"), .count = 50};
  given.max_copy = 2;
  EXPECT_THROW((void)spanned(given, {.span = 2, .key = 2}), Error);
}

TEST(SpanSearch, TakesSpansFromThePromptWhereThereIsNoCorpus) {
  SearchCase given{.prompt = "tick tock, tick tock, ti", .corpus = {}, .tail = 0};
  given.count = 4;
  const SpanOptions options{.span = 4, .key = 8, .sampler = {.temperature = 0}};
  EXPECT_EQ(as_chars(spanned(given, options)), "ck t");
}

TEST(SpanSearch, KeepsToItsAlphabetAlsoWithAPredictor) {
  SearchStart start{make_predictor_scorer(std::make_unique<MarkovPredictor>()), 0, {}};
  const auto method =
      make_span_search(std::move(start), to_bytes("abcXcabYabcabZbca"), {.span = 3});
  const Bytes bytes = continued(*method, "ab", 200, 1);
  EXPECT_EQ(as_chars(bytes).find_first_not_of("abc"), std::string_view::npos);
}

}  // namespace
}  // namespace zipdream
