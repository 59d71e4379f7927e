// SPDX-License-Identifier: Apache-2.0
// The last block as the follower sees it against the one in the stream that zlib wrote.
#include "codecs/deflate/last_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "codecs/deflate/session.h"
#include "tests/codecs/deflate/stream_reader.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream::deflate {
namespace {

std::vector<int> without_end_zeros(std::span<const std::uint8_t> lengths) {
  std::vector<int> result(lengths.begin(), lengths.end());
  while (!result.empty() && result.back() == 0) result.pop_back();
  return result;
}

void expect_last_block_of_zlib(ByteView text, int level, const std::string& what) {
  BlockFollower follower(level);
  follower.append(text);
  const LastBlock last = follower.last_block();
  const auto blocks = read_blocks(make_codec("deflate:" + std::to_string(level))->compress(text));
  EXPECT_EQ(last.form, blocks.back().form) << what;
  if (last.form != BlockForm::kStored) {
    EXPECT_EQ(last.block.literals, blocks.back().symbols.literals) << what;
    EXPECT_EQ(last.block.distances, blocks.back().symbols.distances) << what;
  }
  if (last.form == BlockForm::kDynamic) {
    EXPECT_EQ(without_end_zeros(last.code_lengths().literals), blocks.back().header.literals);
    EXPECT_EQ(without_end_zeros(last.code_lengths().distances), blocks.back().header.distances);
  }
  if (blocks.size() == 1) {
    EXPECT_EQ(last.block_before.symbols, 0) << what;
  } else if (blocks.end()[-2].form != BlockForm::kStored) {
    EXPECT_EQ(last.block_before.literals, blocks.end()[-2].symbols.literals) << what;
    EXPECT_EQ(last.block_before.distances, blocks.end()[-2].symbols.distances) << what;
  }
}

TEST(LastBlock, IsTheOneThatZlibWrites) {
  if (!exact_session_knows_zlib()) GTEST_SKIP() << "another zlib";
  for (const SampleKind& kind : sample_kinds()) {
    for (const int level : {1, 4, 6, 9}) {
      for (const std::size_t size : {0, 1, 2, 3, 20, 300, 20000, 90000}) {
        expect_last_block_of_zlib(kind.make(size, level), level,
                                  std::string(kind.name) + ", " + std::to_string(size) +
                                      " bytes, level " + std::to_string(level));
      }
    }
  }
}

// The literal that fills a block ends it only if the text goes on.
TEST(LastBlock, IsTheOneThatZlibWritesNextToItsLimit) {
  if (!exact_session_knows_zlib()) GTEST_SKIP() << "another zlib";
  for (const int level : {1, 9}) {
    const Bytes literals = without_matches(kBlockSymbols + 4);
    for (std::size_t size = kBlockSymbols - 2; size <= literals.size(); ++size) {
      expect_last_block_of_zlib(ByteView(literals).first(size), level, std::to_string(size));
    }
  }
}

TEST(LastBlock, DoesNotDependOnHowTheTextIsCut) {
  const Bytes text = text_like(3000);
  BlockFollower whole(9);
  BlockFollower bytewise(9);
  whole.append(text);
  for (const Byte& byte : text) {
    bytewise.append({&byte, 1});
    (void)bytewise.last_block();
  }
  EXPECT_EQ(whole.last_block().block.literals, bytewise.last_block().block.literals);
  EXPECT_EQ(whole.last_block().block.distances, bytewise.last_block().block.distances);
}

TEST(LastBlock, HasCompleteCodes) {
  for (const SampleKind& kind : sample_kinds()) {
    BlockFollower follower(9);
    follower.append(kind.make(2000, 1));
    const CodeLengths lengths = dynamic_code_lengths(follower.last_block().block);
    for (const std::vector<int>& code :
         {without_end_zeros(lengths.literals), without_end_zeros(lengths.distances)}) {
      int sum = 0;  // Kraft's
      for (const int length : code) sum += length == 0 ? 0 : 1 << (15 - length);
      EXPECT_EQ(sum, 1 << 15) << kind.name;
    }
  }
}

}  // namespace
}  // namespace zipdream::deflate
