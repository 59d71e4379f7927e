// SPDX-License-Identifier: Apache-2.0
#include "generator/copy_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "zipdream/random.h"

namespace zipdream {
namespace {

// By looking everywhere.
bool repeats(std::string_view text, std::size_t begin_of_new, std::size_t longest) {
  for (std::size_t end = begin_of_new + 1; end <= text.size(); ++end) {
    if (end <= longest) continue;
    const std::string_view last = text.substr(end - longest - 1, longest + 1);
    if (text.substr(0, end - 1).find(last) != std::string_view::npos) return true;
  }
  return false;
}

std::string letters(std::size_t count, Rng& rng) {
  std::string text;
  while (text.size() < count) text += static_cast<char>('a' + rng.next() % 2);
  return text;
}

TEST(CopyLimit, SaysWhatLookingEverywhereSays) {
  Rng rng(1);
  for (std::size_t longest = 1; longest <= 12; ++longest) {
    CopyLimit limit(longest);
    std::string text;
    for (int round = 0; round < 60; ++round) {
      const std::string next = letters(1 + rng.next() % 9, rng);
      EXPECT_EQ(limit.allows(as_bytes(next)), !repeats(text + next, text.size(), longest))
          << longest << " after " << text << ": " << next;
      limit.append(as_bytes(next));
      text += next;
    }
  }
}

TEST(CopyLimit, DoesNotDependOnHowTheTextWasCut) {
  Rng rng(2);
  const std::string text = letters(3000, rng);
  CopyLimit whole(9);
  CopyLimit pieces(9);
  whole.append(as_bytes(text));
  for (const char& c : text) pieces.append(as_bytes({&c, 1}));
  for (int i = 0; i < 500; ++i) {
    const std::string next = letters(6, rng);
    EXPECT_EQ(whole.allows(as_bytes(next)), pieces.allows(as_bytes(next)));
  }
}

TEST(CopyLimit, HasIndependentCopies) {
  Rng rng(3);
  CopyLimit limit(3);
  limit.append(as_bytes("the cat sat on "));
  std::vector<CopyLimit> copies(3, limit);
  for (CopyLimit& copy : copies) copy.append(as_bytes(letters(200, rng)));
  copies[0].append(as_bytes("xyz."));
  copies[0].append(as_bytes("xyz"));
  copies[1].append(as_bytes("xyz"));
  limit.append(as_bytes("xyz"));
  EXPECT_FALSE(copies[0].allows(as_bytes(".")));
  EXPECT_TRUE(copies[1].allows(as_bytes(".")));
  EXPECT_TRUE(limit.allows(as_bytes(".")));
}

TEST(CopyLimit, AllowsAnythingWhileTheTextIsShort) {
  CopyLimit limit(5);
  EXPECT_TRUE(limit.allows(as_bytes("aaaaa")));
  limit.append(as_bytes("aaaaa"));
  EXPECT_TRUE(limit.allows(as_bytes("a")));  // six in a row, for the first time
  EXPECT_FALSE(limit.allows(as_bytes("aa")));
}

TEST(CopyLimit, KeepsWithinTheBytesItself) {
  CopyLimit limit(2);
  limit.append(as_bytes("x"));
  EXPECT_TRUE(limit.allows(as_bytes("abcab")));
  EXPECT_FALSE(limit.allows(as_bytes("abcabc")));
}

}  // namespace
}  // namespace zipdream
