// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/files.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// RFC 1321, A.5.
TEST(Md5, IsThatOfTheStandard) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  write_file(path, {});
  EXPECT_EQ(md5_of_file(path), "d41d8cd98f00b204e9800998ecf8427e");
  write_file(path, to_bytes("abc"));
  EXPECT_EQ(md5_of_file(path), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Md5, IsOfAsManyBytesAsAskedFor) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  write_file(path, to_bytes("abcdef"));
  EXPECT_EQ(md5_of_file(path, 3), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_of_file(path, 1000), md5_of_file(path));
  EXPECT_THROW(static_cast<void>(md5_of_file(folder / "none")), Error);
}

}  // namespace
}  // namespace zipdream
