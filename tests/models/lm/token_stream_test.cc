// SPDX-License-Identifier: Apache-2.0
#include "models/lm/token_stream.h"

#include <gtest/gtest.h>

#include "models/lm/load.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

constexpr std::size_t kContext = 96;  // of the tiny models: the begin of text and 95 tokens

std::shared_ptr<const LanguageModel> load(const TinyModel& tiny) {
  const TemporaryFolder folder;
  tiny.write(folder.path());
  return load_lm(folder.path()).model;
}

std::shared_ptr<const LanguageModel> tiny() { return load(tiny_llama()); }

std::vector<Symbol> tokens_of(std::size_t count, std::size_t first = 0) {
  std::vector<Symbol> tokens(count);
  for (std::size_t i = 0; i < count; ++i) {
    tokens[i] = static_cast<Symbol>((first + i) * (first + i) * 7 % 251);
  }
  return tokens;
}

Floats logits_of(const TokenStream& stream) {
  Floats logits = stream.logits();
  logits.resize(stream.model().config().vocab_size);
  return logits;
}

TEST(TokenStream, SeesNoDifferenceInHowItsTokensWereCut) {
  const auto model = tiny();
  const std::vector<Symbol> tokens = tokens_of(400);
  for (const auto overlap :
       {std::optional<std::size_t>(), std::optional<std::size_t>(0), std::optional<std::size_t>(94),
        std::optional<std::size_t>(10'000), std::optional<std::size_t>(17)}) {
    TokenStream one_by_one(model, Symbol{1}, overlap);
    TokenStream in_pieces(model, Symbol{1}, overlap);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      one_by_one.append({&tokens[i], 1});
      if (i % 37 == 36) in_pieces.append(std::span(tokens).subspan(i - 36, 37));
      if (i % 25 != 0) continue;
      TokenStream at_once(model, Symbol{1}, overlap);
      at_once.append(std::span(tokens).first(i + 1));
      ASSERT_EQ(logits_of(at_once), logits_of(one_by_one)) << i;
    }
    in_pieces.append(std::span(tokens).subspan(400 / 37 * 37));
    EXPECT_EQ(logits_of(in_pieces), logits_of(one_by_one));
  }
}

TEST(TokenStream, TellsWhatItFollowsAsStepsDo) {
  const auto model = tiny();
  const std::vector<Symbol> tokens = tokens_of(300);
  TokenStream steps(model, Symbol{1}, std::nullopt);
  TokenStream follower(model, Symbol{1}, std::nullopt);
  std::vector<Floats> followed;
  const std::size_t count = model->config().vocab_size;
  follower.append(tokens,
                  [&](const float* logits) { followed.emplace_back(logits, logits + count); });
  ASSERT_EQ(followed.size(), tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    ASSERT_EQ(followed[i], logits_of(steps)) << i;
    steps.append({&tokens[i], 1});
  }
  EXPECT_EQ(logits_of(follower), logits_of(steps));
}

// Where the window has room for the tokens, where it would slide, and where there is none.
TEST(TokenStream, PeeksAtWhatACopyWouldSee) {
  for (const auto& model : {tiny(), load(tiny_rwkv7())}) {
    for (const std::size_t read : {1U, 60U, 94U, 95U, 96U, 130U}) {
      TokenStream stream(model, Symbol{1}, std::nullopt);
      stream.append(tokens_of(read));
      const std::vector<Symbol> others = tokens_of(3, 1000);
      std::vector<TokenStream::Peek> peeks;
      std::vector<Floats> expected;
      for (const std::size_t back : {0U, 1U, 20U}) {
        if (back > 0 && (!stream.takes_back() || back > read || read >= 95)) continue;
        for (const std::size_t count : {1U, 3U}) {
          peeks.push_back({&stream, back, std::span(others).first(count)});
          TokenStream copy(model, Symbol{1}, std::nullopt);
          copy.append(tokens_of(read - back));
          copy.append(peeks.back().tokens);
          expected.push_back(logits_of(copy));
        }
      }
      const Floats before = logits_of(stream);
      std::vector<Floats> peeked(peeks.size());
      TokenStream::peek_each(peeks, [&](std::size_t i, const float* logits) {
        peeked[i].assign(logits, logits + before.size());
      });
      EXPECT_EQ(peeked, expected) << read;
      EXPECT_EQ(logits_of(stream), before);
    }
  }
}

TEST(TokenStream, ForgetsWhatLeftItsWindowAndNothingElse) {
  const auto model = tiny();
  const auto after = [&](Symbol first, std::size_t more) {
    TokenStream stream(model, Symbol{1}, kContext / 2);
    stream.append({&first, 1});
    stream.append(tokens_of(more));
    return logits_of(stream);
  };
  EXPECT_NE(after(3, 94), after(4, 94)) << "the window is just full";
  EXPECT_EQ(after(3, 95), after(4, 95)) << "the window has slid";
}

TEST(TokenStream, OfARecurrentModelHasNoWindowThatSlides) {
  TinyModel slow = tiny_rwkv7();
  for (auto& [name, tensor] : slow.tensors) {
    if (name.ends_with("w_lora.lora.2.bias")) tensor.values.assign(tensor.values.size(), -12.0F);
  }
  const auto model = load(slow);
  const std::vector<Symbol> tokens = tokens_of(1000);
  TokenStream at_once(model, Symbol{0}, std::nullopt);
  EXPECT_TRUE(at_once.is_at_beginning());
  const std::size_t room = at_once.room();
  at_once.append(tokens);
  EXPECT_EQ(at_once.room(), room);
  EXPECT_FALSE(at_once.is_at_beginning());
  TokenStream in_pieces(model, Symbol{0}, std::nullopt);
  std::size_t followed = 0;
  for (std::size_t at = 0; at < tokens.size(); at += 17) {
    const auto some = std::span(tokens).subspan(at, std::min<std::size_t>(17, tokens.size() - at));
    in_pieces.append(some, [&](const float* /*logits*/) { ++followed; });
  }
  EXPECT_EQ(followed, tokens.size());
  EXPECT_EQ(logits_of(in_pieces), logits_of(at_once));
  TokenStream other(model, Symbol{0}, std::nullopt);
  std::vector<Symbol> others = tokens;
  others[0] = 99;
  other.append(others);
  EXPECT_NE(logits_of(other), logits_of(at_once)) << "1000 tokens later";
}

TEST(TokenStream, KnowsNothingBeforeItsFirstTokenUnlessThereIsABeginOfText) {
  const auto model = tiny();
  const TokenStream bare(model, std::nullopt, std::nullopt);
  EXPECT_TRUE(bare.logits().empty());
  const std::vector<Symbol> four = {1, 2, 3, 4};
  std::vector<double> log2_probs(4);
  bare.log2_probs_of(four, log2_probs);
  EXPECT_EQ(log2_probs, std::vector<double>(4, -2.0));
  EXPECT_FALSE(TokenStream(model, Symbol{1}, std::nullopt).logits().empty());
}

}  // namespace
}  // namespace zipdream
