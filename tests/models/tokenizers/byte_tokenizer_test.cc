// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "models/tokenizers/tokenizer.h"

namespace zipdream {
namespace {

TEST(ByteTokenizer, IsTheIdentityOnEveryByte) {
  const auto tokenizer = make_byte_tokenizer();
  Bytes every;
  for (int i = 0; i < 256; ++i) every.push_back(static_cast<Byte>(i));
  const std::vector<Symbol> symbols = tokenizer->encode(every);
  ASSERT_EQ(symbols.size(), 256U);
  for (Symbol i = 0; i < 256; ++i) EXPECT_EQ(symbols[i], i);
  EXPECT_EQ(decode(*tokenizer, symbols), every);
  EXPECT_EQ(tokenizer->size(), 256U);
  EXPECT_TRUE(tokenizer->takes_any_bytes());
  EXPECT_TRUE(tokenizer->text_prefix().empty());
}

TEST(ByteTokenizer, HasNoControlTokens) {
  const auto tokenizer = make_byte_tokenizer();
  EXPECT_FALSE(tokenizer->begin_of_text());
  EXPECT_FALSE(tokenizer->end_of_text());
  EXPECT_EQ(tokenizer->find("A"), std::optional<Symbol>(65));
  EXPECT_FALSE(tokenizer->find("AB"));
}

}  // namespace
}  // namespace zipdream
