// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/checksum.h"
#include "base/files.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

class FileDigestTest : public testing::Test {
 protected:
  void TearDown() override { keep_digests_in(""); }

  // What is kept, and read again as another process would.
  [[nodiscard]] std::string kept() const { return std::string(as_chars(read_file(kept_path_))); }
  void begin_anew(const std::string& kept) {
    write_file(kept_path_, as_bytes(kept));
    keep_digests_in(kept_path_);
  }

  TemporaryFolder folder_;
  std::string kept_path_ = folder_ / "cache/sha256";
  std::string large_ = folder_ / "large";
  Bytes content_ = Bytes(std::size_t{3} << 19, 'x');
};

TEST_F(FileDigestTest, IsThatOfTheContent) {
  write_file(large_, content_);
  const FileDigest digest = digest_of_file(large_);
  EXPECT_EQ(digest.size, content_.size());
  EXPECT_EQ(digest.sha256, sha256_of(content_));
  EXPECT_EQ(hex(sha256_of(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  content_[5] = 'y';
  write_file(large_, content_);
  EXPECT_EQ(digest_of_file(large_).sha256, sha256_of(content_)) << "a changed file is read again";
  EXPECT_THROW(static_cast<void>(digest_of_file(folder_ / "none")), Error);
  EXPECT_THROW(static_cast<void>(digest_of_file(folder_.path())), Error);
}

TEST_F(FileDigestTest, IsKeptForTheNextProcess) {
  write_file(large_, content_);
  keep_digests_in(kept_path_);
  const FileDigest digest = digest_of_file(large_);
  const std::string line = kept();
  EXPECT_EQ(line.substr(0, 64), hex(digest.sha256));
  begin_anew(std::string(64, '5') + line.substr(64));
  EXPECT_EQ(digest_of_file(large_).sha256, Bytes(32, 0x55)) << "it was not read again";
}

TEST_F(FileDigestTest, OfSmallFilesIsNotKept) {
  write_file(folder_ / "small", to_bytes("x"));
  keep_digests_in(kept_path_);
  static_cast<void>(digest_of_file(folder_ / "small"));
  EXPECT_FALSE(std::filesystem::exists(kept_path_));
}

TEST_F(FileDigestTest, IsWorkedOutWhereNothingGoodIsKept) {
  write_file(large_, content_);
  std::filesystem::create_directories(folder_ / "cache");
  for (const char* kept : {"", "nonsense\n", "5555 1 2 3 4 5\n", "\xff\xfe"}) {
    begin_anew(kept);
    EXPECT_EQ(digest_of_file(large_).sha256, sha256_of(content_)) << kept;
  }
  keep_digests_in("/dev/null/cache/sha256");
  EXPECT_EQ(digest_of_file(large_).sha256, sha256_of(content_));
}

}  // namespace
}  // namespace zipdream
