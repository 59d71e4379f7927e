// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "generator/method.h"

namespace zipdream {
namespace {

// What comes of appending the parts: the text, and each report of it.
struct Outcome {
  std::string text;
  std::vector<std::string> reports;
  bool done = false;
};

Outcome append(const std::vector<std::string>& parts, const Endings& endings,
               std::size_t count = 100) {
  Outcome outcome;
  Bytes bytes;
  Continuation continuation(
      count, endings, [&](ByteView fresh) { outcome.reports.emplace_back(as_chars(fresh)); },
      bytes);
  for (const std::string& part : parts) {
    if (!continuation.done()) continuation.append(as_bytes(part));
  }
  outcome.done = continuation.done();
  continuation.finish();
  outcome.text = as_chars(bytes);
  return outcome;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

TEST(Continuation, TakesAsManyBytesAsItCounts) {
  const Outcome outcome = append({"abc", "def"}, {}, 5);
  EXPECT_EQ(outcome.text, "abcde");
  EXPECT_EQ(outcome.reports, (std::vector<std::string>{"abc", "de"}));
  EXPECT_TRUE(outcome.done);
}

TEST(Continuation, EndsBeforeAStopHoweverItIsCut) {
  const Endings endings{.stops = {"END"}};
  for (const std::vector<std::string>& parts :
       std::vector<std::vector<std::string>>{{"one END two"},
                                             {"one E", "ND two"},
                                             {"one E", "N", "D", " two"},
                                             {"one ", "END", " two"}}) {
    const Outcome outcome = append(parts, endings);
    EXPECT_EQ(outcome.text, "one ");
    EXPECT_EQ(joined(outcome.reports), "one ");
    EXPECT_TRUE(outcome.done);
  }
}

TEST(Continuation, HoldsBackOnlyWhatMayBecomeAStop) {
  const Outcome outcome = append({"one E", "Nough"}, {.stops = {"END"}});
  EXPECT_EQ(outcome.reports, (std::vector<std::string>{"one ", "ENough"}));
  EXPECT_FALSE(outcome.done);
  EXPECT_EQ(append({"so EN"}, {.stops = {"END"}}).reports, (std::vector<std::string>{"so ", "EN"}));
}

TEST(Continuation, EndsBeforeTheFirstOfSeveralStops) {
  EXPECT_EQ(append({"a\n\nb. c"}, {.stops = {".", "\n\n"}}).text, "a");
  EXPECT_EQ(append({"aab"}, {.stops = {"aab", "ab"}}).text, "");
}

TEST(Continuation, FindsNoStopInWhatOverrunsItsCount) {
  EXPECT_EQ(append({"abcEND"}, {.stops = {"END"}}, 5).text, "abcEN");
}

TEST(Continuation, EndsWithTheTextWhereThatIsAskedFor) {
  for (const bool asked : {true, false}) {
    const Endings endings{.end_of_text = asked};
    Bytes bytes;
    Continuation continuation(
        9, endings, [](ByteView) {}, bytes);
    continuation.append(as_bytes("x"));
    continuation.end_text();
    EXPECT_EQ(continuation.done(), asked);
  }
}

}  // namespace
}  // namespace zipdream
