// SPDX-License-Identifier: Apache-2.0
// Archives that were joined end to end, as `cat a.zd b.zd` does, are read one after the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/archive/archives.h"
#include "tests/codecs/sample_bytes.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;

class JoinedArchives : public testing::Test {
 protected:
  Bytes first_ = text_like(3000);
  Bytes second_ = text_like(100);
  Bytes one_ = pack(first_, "gzip:9");
  Bytes two_ = pack(second_, "ppm:6", {.block_size = 2048, .tell_size = false});
  Bytes empty_ = pack({}, "cm");
};

TEST_F(JoinedArchives, GiveTheirContentsInOrder) {
  EXPECT_EQ(unpack(concat(one_, two_)), concat(first_, second_));
  EXPECT_EQ(unpack(concat(concat(two_, empty_), one_)), concat(second_, first_));
  EXPECT_EQ(decompress(concat(two_, two_)), concat(second_, second_));
}

TEST_F(JoinedArchives, AreToldApartByTheirIndexes) {
  const Bytes archive = concat(concat(one_, empty_), two_);
  const std::vector<ArchiveInfo> infos = read_archive_info(file_of(archive));
  ASSERT_EQ(infos.size(), 3U);
  EXPECT_EQ(infos[0].header.spec, "gzip:9");
  EXPECT_EQ(infos[0].index.raw_size, first_.size());
  EXPECT_EQ(infos[1].index.raw_size, 0U);
  EXPECT_EQ(infos[2].header.spec, "arith:ppm:6");
  EXPECT_EQ(infos[2].index.raw_size, second_.size());
}

TEST_F(JoinedArchives, LoseOneBlockToDamageInOne) {
  Bytes archive = concat(one_, two_);
  archive[one_.size() - 40] ^= 1;  // in the last block of the first
  const Salvaged result = salvage(archive);
  EXPECT_EQ(result.content.size(), first_.size() + second_.size());
  EXPECT_FALSE(result.report.index_lost);
  ASSERT_EQ(result.report.lost.size(), 1U);
  EXPECT_EQ(result.report.lost[0].begin, 2048U);
  EXPECT_EQ(result.report.lost[0].end, first_.size());
  EXPECT_EQ(Bytes(result.content.end() - static_cast<std::ptrdiff_t>(second_.size()),
                  result.content.end()),
            second_);
}

TEST_F(JoinedArchives, AreFollowedByNothingElse) {
  EXPECT_THAT(unpack_error(concat(one_, to_bytes("x"))), HasSubstr("followed by other bytes"));
  EXPECT_THAT(unpack_error(concat(one_, ByteView(two_).first(3))),
              HasSubstr("followed by other bytes"));
  EXPECT_THAT(unpack_error(concat(one_, ByteView(two_).first(9))), HasSubstr("ends too early"));
}

// What is said of a content of several archives must not add up to more than there is memory for.
TEST_F(JoinedArchives, AreBoundedTogether) {
  const Bytes archive = concat(one_, one_);
  EXPECT_EQ(decompress(archive, {.max_size = 2 * first_.size()}).size(), 2 * first_.size());
  EXPECT_THROW(static_cast<void>(decompress(archive, {.max_size = 2 * first_.size() - 1})), Error);
}

}  // namespace
}  // namespace zipdream
