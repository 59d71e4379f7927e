// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/files.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using enum OutputFile::Existing;

bool is_empty(const TemporaryFolder& folder) { return std::filesystem::is_empty(folder.path()); }

TEST(OutputFile, HasItsNameOnlyWhenWhole) {
  const TemporaryFolder folder;
  OutputFile file(folder / "file", kRefuse);
  file.write(to_bytes("half"));
  EXPECT_FALSE(std::filesystem::exists(folder / "file"));
  file.write(to_bytes(" and whole"));
  file.commit();
  EXPECT_EQ(read_file(folder / "file"), to_bytes("half and whole"));
}

TEST(OutputFile, LeavesNothingWhenGivenUp) {
  const TemporaryFolder folder;
  { OutputFile(folder / "file", kReplace).write(to_bytes("half")); }
  EXPECT_TRUE(is_empty(folder));
}

TEST(OutputFile, LeavesNothingWhenItsProcessIsKilled) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    OutputFile file(folder / "file", kReplace);
    file.write(to_bytes("half"));
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  if (!is_empty(folder)) GTEST_SKIP() << "no nameless files in this file system";
}

TEST(OutputFile, DoesNotReplaceUnlessTold) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("old"));
  EXPECT_THAT([&] { OutputFile(folder / "file", kRefuse); },
              ThrowsMessage<Error>(HasSubstr("is there already")));
  OutputFile file(folder / "file", kReplace);
  file.write(to_bytes("new"));
  EXPECT_EQ(read_file(folder / "file"), to_bytes("old"));
  file.commit();
  EXPECT_EQ(read_file(folder / "file"), to_bytes("new"));
}

TEST(OutputFile, DoesNotReplaceWhatCameUpMeanwhile) {
  const TemporaryFolder folder;
  {
    OutputFile file(folder / "file", kRefuse);
    write_file(folder / "file", to_bytes("quicker"));
    EXPECT_THAT([&] { file.commit(); }, ThrowsMessage<Error>(HasSubstr("is there already")));
  }
  EXPECT_EQ(read_file(folder / "file"), to_bytes("quicker"));
}

TEST(OutputFile, CanBeReadAgainBeforeItHasItsName) {
  const TemporaryFolder folder;
  OutputFile file(folder / "file", kRefuse);
  file.write(to_bytes("what was written"));
  InputFile again = file.read_again();
  Bytes content(100);
  content.resize(again.read(content));
  EXPECT_EQ(content, to_bytes("what was written"));
  EXPECT_FALSE(std::filesystem::exists(folder / "file"));
  file.commit();
  EXPECT_EQ(file_id(folder / "file"), again.id());
}

TEST(OutputFile, TakesTimeAndModeOfAnother) {
  const TemporaryFolder folder;
  write_file(folder / "one", to_bytes("x"));
  ASSERT_EQ(chmod((folder / "one").c_str(), 0750), 0);
  const auto time = std::filesystem::last_write_time(folder / "one") - std::chrono::hours(77);
  std::filesystem::last_write_time(folder / "one", time);
  const auto attributes = InputFile(folder / "one").attributes();
  ASSERT_TRUE(attributes);
  OutputFile file(folder / "other", kRefuse);
  file.write(to_bytes("y"));
  file.commit(&*attributes);
  EXPECT_EQ(std::filesystem::last_write_time(folder / "other"), time);
  EXPECT_EQ(InputFile(folder / "other").attributes()->mode, 0750U);
}

TEST(OutputFile, GetsTheModeThatTheUmaskAllowsANewFile) {
  const TemporaryFolder folder;
  const mode_t before = umask(027);
  write_file(folder / "file", to_bytes("x"));
  EXPECT_EQ(umask(before), 027U) << "it is left as it was";
  EXPECT_EQ(InputFile(folder / "file").attributes()->mode, 0640U);
}

TEST(InputFile, ReadsPieceByPieceAndAnywhere) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("abcdefgh"));
  InputFile file(folder / "file");
  Bytes piece(3);
  EXPECT_EQ(file.read(piece), 3U);
  EXPECT_EQ(piece, to_bytes("abc"));
  EXPECT_EQ(file.size_ahead(), 5U);
  EXPECT_EQ(file.size(), 8U);
  EXPECT_EQ(file.read_at(6, piece), 2U);
  EXPECT_EQ(piece, to_bytes("ghc"));
  Bytes rest(30);
  EXPECT_EQ(file.read(rest), 5U);
  EXPECT_EQ(file.read(rest), 0U);
}

}  // namespace
}  // namespace zipdream
