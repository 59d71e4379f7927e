// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/parallel.h"
#include "generator/search/spans.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Strings = std::vector<std::string>;

Strings continuations(const CorpusIndex& index, std::string_view context, std::size_t length,
                      std::size_t most) {
  Strings result;
  for (const ByteView bytes : index.continuations(as_bytes(context), length, most)) {
    result.emplace_back(as_chars(bytes));
  }
  return result;
}

// By looking everywhere.
Strings continuations_plainly(std::string_view text, std::string_view context, std::size_t key,
                              std::size_t length, std::size_t most) {
  struct Found {
    std::string bytes;
    int count;
  };
  Strings result;
  for (std::size_t size = std::min(key, context.size()) + 1; size-- > 0;) {
    if (size == 0 && !result.empty()) break;
    std::vector<Found> found;  // in the order of their first places
    for (std::size_t at = 0; at + size + length <= text.size(); ++at) {
      if (text.substr(at, size) != context.substr(context.size() - size)) continue;
      const std::string bytes(text.substr(at + size, length));
      const auto same = std::ranges::find(found, bytes, &Found::bytes);
      same == found.end() ? found.push_back({bytes, 1}) : void(++same->count);
    }
    std::ranges::stable_sort(found, std::ranges::greater(), &Found::count);
    for (const Found& each : found) {
      if (result.size() < most && std::ranges::find(result, each.bytes) == result.end()) {
        result.push_back(each.bytes);
      }
    }
  }
  return result;
}

TEST(CorpusIndex, FindsWhatLookingEverywhereFinds) {
  set_thread_count(2);
  Rng rng(5);
  for (int round = 0; round < 20; ++round) {
    std::string text;
    for (std::size_t i = 0, size = 1 + rng.next() % 300; i < size; ++i) {
      text += static_cast<char>('a' + rng.next() % 3);
    }
    const CorpusIndex index(to_bytes(text), 4, 5, full_alphabet());
    for (int i = 0; i < 30; ++i) {
      const std::string context = text.substr(rng.next() % text.size(), rng.next() % 7);
      const std::size_t length = 1 + rng.next() % 5;
      const std::size_t most = 1 + rng.next() % 12;
      EXPECT_EQ(continuations(index, context, length, most),
                continuations_plainly(text, context, 4, length, most))
          << text << " after " << context;
    }
  }
}

TEST(CorpusIndex, BacksOffToShorterSuffixes) {
  const CorpusIndex index(to_bytes("one two, one three, two one."), 8, 3, full_alphabet());
  EXPECT_THAT(continuations(index, "in two, on", 3, 1), ElementsAre("e t"));
  EXPECT_THAT(continuations(index, "one", 3, 9), ElementsAre(" tw", " th", "e, ", ", t"));
  EXPECT_THAT(continuations(index, "?", 3, 1), ElementsAre("one"));  // most often of all
}

TEST(CorpusIndex, OffersBytesOfTheAlphabetAlone) {
  const CorpusIndex index(to_bytes("abXabYabZ"), 2, 1, to_bytes("YZ"));
  EXPECT_THAT(continuations(index, "ab", 1, 9), ElementsAre("Y", "Z"));
}

TEST(CorpusIndex, HasNothingToOfferBeyondTheEnd) {
  const CorpusIndex index(to_bytes("abc"), 3, 4, full_alphabet());
  EXPECT_THAT(continuations(index, "a", 4, 9), IsEmpty());
  EXPECT_THAT(continuations(CorpusIndex({}, 1, 1, full_alphabet()), "a", 1, 9), IsEmpty());
}

}  // namespace
}  // namespace zipdream
