// SPDX-License-Identifier: Apache-2.0
// The block as the follower sees it against those in the stream that zlib wrote.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "codecs/deflate/parser.h"
#include "codecs/deflate/session.h"
#include "tests/codecs/deflate/stream_reader.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream::deflate {
namespace {

// Symbols of the last bytes, which a continuation may still change: as many as zlib looks ahead.
constexpr int kMaxUnsettled = 264;

// Whether `whole` has each symbol as often as `part` does, or oftener.
template <typename Counts>
bool holds(const Counts& whole, const Counts& part) {
  return std::equal(whole.begin(), whole.end(), part.begin(), std::greater_equal<>());
}

bool are_equal(const Block& a, const Block& b) {
  return a.literals == b.literals && a.distances == b.distances;
}

// A full block is told by what follows it, so what is settled may be the last block but one.
void expect_follows_zlib(ByteView text, int level, const std::string& what) {
  BlockFollower follower(level);
  follower.append(text);
  const auto blocks = read_blocks(make_codec("deflate:" + std::to_string(level))->compress(text));
  const Block& settled = follower.settled();
  std::size_t open = blocks.size();
  while (open > 0) {
    const auto& block = blocks[--open];
    if (block.form == BlockForm::kStored) return;  // its symbols are not in the stream
    const bool is_before_full =
        follower.full().symbols == 0
            ? open == 0
            : open > 0 && are_equal(follower.full(), blocks[open - 1].symbols);
    if (!is_before_full) continue;
    EXPECT_TRUE(holds(block.symbols.literals, settled.literals)) << what;
    EXPECT_TRUE(holds(block.symbols.distances, settled.distances)) << what;
    EXPECT_LE(block.symbols.symbols - settled.symbols, kMaxUnsettled) << what;
    return;
  }
  ADD_FAILURE() << what << ": no block of zlib's follows the full one";
}

TEST(BlockFollower, IsInTheBlockThatZlibIsIn) {
  if (!exact_session_knows_zlib()) GTEST_SKIP() << "another zlib";
  for (const SampleKind& kind : sample_kinds()) {
    for (const int level : {1, 4, 6, 9}) {
      for (const std::size_t size : {0, 1, 2, 3, 20, 300, 20000, 90000}) {
        expect_follows_zlib(kind.make(size, level), level,
                            std::string(kind.name) + ", " + std::to_string(size) +
                                " bytes, level " + std::to_string(level));
      }
    }
  }
}

// The literal that fills a block ends it only if the text goes on.
TEST(BlockFollower, IsInTheBlockThatZlibIsInNextToItsLimit) {
  if (!exact_session_knows_zlib()) GTEST_SKIP() << "another zlib";
  for (const int level : {1, 9}) {
    const Bytes literals = without_matches(kBlockSymbols + 4);
    for (std::size_t size = kBlockSymbols - 2; size <= literals.size(); ++size) {
      expect_follows_zlib(ByteView(literals).first(size), level, std::to_string(size));
    }
  }
}

TEST(BlockFollower, DoesNotDependOnHowTheTextIsCut) {
  const Bytes text = text_like(30000);
  BlockFollower whole(9);
  BlockFollower bytewise(9);
  whole.append(text);
  for (const Byte& byte : text) bytewise.append({&byte, 1});
  EXPECT_TRUE(are_equal(whole.settled(), bytewise.settled()));
  EXPECT_TRUE(are_equal(whole.full(), bytewise.full()));
}

}  // namespace
}  // namespace zipdream::deflate
