// SPDX-License-Identifier: Apache-2.0
#include "models/ppm/ppm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "models/ppm/context_tree.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

void append(ContextTree& tree, ByteView bytes) {
  for (const Byte byte : bytes) tree.append(byte, tree.places(byte));
}

// The longest suffix of the text that came up before is in the chain, up to the order.
TEST(ContextTree, FollowsTheLongestContextSeenTwice) {
  for (const int max_order : {1, 2, 6, 16}) {
    ContextTree tree(max_order);
    std::string text;
    for (const Byte byte : text_like(3000)) {
      text += static_cast<char>(byte);
      append(tree, {&byte, 1});
      int longest = 0;
      for (int order = 1; order <= max_order && text.size() > static_cast<std::size_t>(order);
           ++order) {
        const std::string suffix = text.substr(text.size() - static_cast<std::size_t>(order));
        if (text.find(suffix) + suffix.size() < text.size()) longest = order;
      }
      ASSERT_EQ(tree.chain_size(), longest + 1) << text.size();
    }
  }
}

TEST(ContextTree, KnowsExactlyTheBytesThatFollowedEachContext) {
  ContextTree tree(3);
  const Bytes text = text_like(2000);
  append(tree, text);
  const std::string_view all = as_chars(text);
  for (int order = 0; order < tree.chain_size(); ++order) {
    const std::string_view context = all.substr(all.size() - static_cast<std::size_t>(order));
    std::map<Byte, int> expected;
    for (std::size_t i = all.find(context); i + order < all.size(); i = all.find(context, i + 1)) {
      ++expected[text[i + static_cast<std::size_t>(order)]];
    }
    const auto [followers, total] = tree.context(order);
    EXPECT_EQ(followers.size(), expected.size()) << order;
    std::uint32_t sum = 0;
    for (const auto& follower : followers) {
      EXPECT_TRUE(expected.contains(follower.byte()));
      EXPECT_GE(follower.count(), ContextTree::kOccurrence);
      sum += follower.count();
    }
    EXPECT_EQ(sum, total);
  }
}

TEST(ContextTree, GivesBackItsText) {
  ContextTree tree(4);
  const Bytes text = random_bytes(10'000);
  append(tree, text);
  EXPECT_EQ(tree.recent_text(20'000), text);
  EXPECT_EQ(tree.recent_text(3), Bytes(text.end() - 3, text.end()));
}

// A block that moved within a page was read from the page of the clones, after the last of them had
// gone: what AddressSanitizer sees. Found by fuzzing.
TEST(ContextTree, GrowsOnPagesThatClonesHadToo) {
  const Bytes text = text_like(3000);
  ContextTree tree(3);
  ContextTree alone(3);
  for (const Byte byte : text) {
    std::optional<ContextTree> clone(tree);
    append(*clone, {&byte, 1});
    tree = *clone;
    clone.reset();
    append(alone, {&byte, 1});
  }
  EXPECT_EQ(tree.recent_text(text.size()), text);
  EXPECT_EQ(tree.memory(), alone.memory());
}

TEST(Ppm, StartsAnewFromItsLastBytesWhenItsMemoryIsFull) {
  constexpr std::size_t kMemory = std::size_t{1} << 20;
  const Bytes context = random_bytes(400'000);  // some hundred bytes of tree for each
  const auto ppm = make_ppm_predictor(6, kMemory);
  ppm->observe(context);
  std::vector<double> log2_probs(256);
  ppm->log2_probs(log2_probs);
  double sum = 0;
  for (const double log2_p : log2_probs) sum += std::exp2(log2_p);
  EXPECT_NEAR(sum, 1, 1e-9);

  const auto cut = make_ppm_predictor(6, kMemory);
  for (std::size_t i = 0; i < context.size(); i += 999) {
    cut->observe(ByteView(context).subspan(i, std::min<std::size_t>(999, context.size() - i)));
  }
  std::vector<double> others(256);
  cut->log2_probs(others);
  EXPECT_EQ(others, log2_probs);
}

TEST(Ppm, StillFollowsItsTextAfterAStartAnew) {
  const auto ppm = make_ppm_predictor(4, std::size_t{1} << 20);
  ppm->observe(random_bytes(300'000));
  const Bytes phrase = to_bytes("the quick brown fox ");
  for (int i = 0; i < 40; ++i) ppm->observe(phrase);
  ppm->observe(as_bytes("the quick bro"));
  std::vector<double> log2_probs(256);
  ppm->log2_probs(log2_probs);
  EXPECT_GT(log2_probs['w'], -0.1);
}

TEST(Ppm, HasOrdersFrom2To16) {
  for (const char* spec : {"ppm:1", "ppm:17", "ppm:x"}) {
    EXPECT_THROW(static_cast<void>(make_predictor(spec, {})), Error) << spec;
  }
  const Bytes text = text_like(20'000);
  for (const char* spec : {"arith:ppm:2", "arith:ppm:16"}) {
    const auto codec = make_codec(spec);
    EXPECT_EQ(codec->decompress(codec->compress(text), text.size()), text);
  }
  EXPECT_EQ(make_codec("arith:ppm")->compress(text), make_codec("arith:ppm:6")->compress(text));
}

}  // namespace
}  // namespace zipdream
