// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/output_file.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  for_each_line(path, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

TEST(LineFile, GoesOnAfterItsLastWholeLine) {
  const TemporaryFolder folder;
  const std::string path = folder / "lines";
  LineFile(path).append("first");
  LineFile(path).append("second");
  EXPECT_THAT(lines_of(path), ElementsAre("first", "second"));
}

TEST(LineFile, DropsALineThatAKillCutShort) {
  const TemporaryFolder folder;
  const std::string path = folder / "lines";
  write_file(path, to_bytes("first\nsec"));
  EXPECT_THAT(lines_of(path), ElementsAre("first"));
  LineFile(path).append("third");
  EXPECT_THAT(lines_of(path), ElementsAre("first", "third"));
}

TEST(LineFile, LeavesEveryByteUntilItGrows) {
  const TemporaryFolder folder;
  const std::string path = folder / "lines";
  const Bytes content = to_bytes("first\nprecious, without an end");
  write_file(path, content);
  EXPECT_EQ(LineFile(path).rest(), "precious, without an end");
  EXPECT_EQ(read_file(path), content);
}

TEST(LineFile, FindsTheEndOfALineLongBeforeATornOne) {
  const TemporaryFolder folder;
  const std::string path = folder / "lines";
  write_file(path, to_bytes("first\n" + std::string(200'000, 'x')));
  LineFile(path).append("second");
  EXPECT_THAT(lines_of(path), ElementsAre("first", "second"));
  write_file(path, to_bytes(std::string(200'000, 'x')));
  LineFile(path).append("only");
  EXPECT_THAT(lines_of(path), ElementsAre("only"));
}

TEST(LineFile, ReadsLinesLongerThanItsPieces) {
  const TemporaryFolder folder;
  const std::string path = folder / "lines";
  const std::string length = std::string(150'000, 'y');
  LineFile(path).append(length);
  LineFile(path).append("z");
  EXPECT_THAT(lines_of(path), ElementsAre(length, "z"));
}

TEST(LineFile, BelongsToOneWriter) {
  const TemporaryFolder folder;
  const std::string path = folder / "lines";
  const LineFile first(path);
  try {
    const LineFile second(path);
    FAIL() << "was opened twice";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("another process writes it"));
  }
}

}  // namespace
}  // namespace zipdream
