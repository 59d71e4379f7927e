// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/alphabet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Alphabet parse(std::string_view text) {
  return parse_alphabet(text, as_bytes("cab"), as_bytes("dd"));
}

TEST(Alphabet, KnowsItsNamedSets) {
  EXPECT_EQ(parse("all").size(), 256U);
  EXPECT_EQ(parse("seen"), to_bytes("abcd"));
  EXPECT_EQ(parse("printable").size(), 97U);
}

TEST(Alphabet, ReadsRangesAndEscapesIntoAscendingBytes) {
  EXPECT_EQ(parse("c-ea"), to_bytes("acde"));
  EXPECT_EQ(parse("\\n\\t\\\\\\-"), to_bytes("\t\n-\\"));
  EXPECT_EQ(parse("\\x00-\\x02\\xff"), (Alphabet{0, 1, 2, 255}));
}

TEST(Alphabet, TakesADashAtTheEndAsItself) { EXPECT_EQ(parse("a-"), to_bytes("-a")); }

TEST(Alphabet, RefusesMalformedSets) {
  EXPECT_THAT([] { parse(""); }, ThrowsMessage<Error>(HasSubstr("is empty")));
  EXPECT_THAT([] { parse("z-a"); }, ThrowsMessage<Error>(HasSubstr("backwards")));
  EXPECT_THAT([] { parse("\\"); }, ThrowsMessage<Error>(HasSubstr("backslash")));
  EXPECT_THAT([] { parse("\\x0"); }, ThrowsMessage<Error>(HasSubstr("hexadecimal")));
  EXPECT_THAT([] { parse("\\q"); }, ThrowsMessage<Error>(HasSubstr("no escape")));
  EXPECT_THAT([] { (void)parse_alphabet("seen", {}, {}); },
              ThrowsMessage<Error>(HasSubstr("nothing was seen")));
}

}  // namespace
}  // namespace zipdream
