// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(WriteFile, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const Bytes content = to_bytes(std::string("a\0b\xff", 4));
  write_file(folder / "file", content);
  EXPECT_EQ(read_file(folder / "file"), content);
}

TEST(WriteFile, LeavesNothingElseInTheFolder) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("x"));
  write_file(folder / "file", to_bytes("y"));
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++count;
  }
  EXPECT_EQ(count, 1);
}

TEST(WriteFile, KeepsTheModeOfTheFileItReplaces) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("x"));
  ASSERT_EQ(chmod((folder / "file").c_str(), 0640), 0);
  write_file(folder / "file", to_bytes("y"));
  struct stat status {};
  ASSERT_EQ(stat((folder / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST(WriteFile, ReplacesWhatALinkLeadsToAndKeepsTheLink) {
  const TemporaryFolder folder;
  write_file(folder / "target", to_bytes("x"));
  std::filesystem::create_symlink("target", folder / "link");
  write_file(folder / "link", to_bytes("y"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "target"), to_bytes("y"));
}

TEST(WriteFile, WritesToADeviceInPlace) {
  write_file("/dev/null", to_bytes("x"));
  EXPECT_FALSE(std::filesystem::is_regular_file("/dev/null"));
}

TEST(WriteFile, ReportsAFullDevice) {
  EXPECT_THAT([] { write_file("/dev/full", to_bytes("x")); },
              ThrowsMessage<Error>(HasSubstr("No space left")));
}

TEST(WriteFile, RefusesAMissingFolderAndAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { write_file(folder / "no/file", to_bytes("x")); },
              ThrowsMessage<Error>(HasSubstr("there is no folder")));
  EXPECT_THAT([&] { check_writable(folder.path()); },
              ThrowsMessage<Error>(HasSubstr("is a folder")));
}

TEST(ReadFile, NamesAMissingFile) {
  EXPECT_THAT([] { (void)read_file("/nowhere/file"); },
              ThrowsMessage<Error>(HasSubstr("/nowhere/file: no such file")));
}

TEST(ReadFile, RefusesAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { (void)read_file(folder.path()); },
              ThrowsMessage<Error>(HasSubstr("is a folder")));
}

TEST(ReadFile, RefusesMoreThanTheLimitAndTakesExactlyTheLimit) {
  const TemporaryFolder folder;
  write_file(folder / "file", Bytes(100));
  EXPECT_EQ(read_file(folder / "file", 100).size(), 100U);
  EXPECT_THAT([&] { (void)read_file(folder / "file", 99); },
              ThrowsMessage<Error>(HasSubstr("larger than 99 bytes")));
}

TEST(ReadFile, StopsAtTheLimitOfAnEndlessDevice) {
  EXPECT_THROW((void)read_file("/dev/zero", 1 << 20), Error);
}

TEST(ReadFileStart, GivesTheFirstBytes) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("abcdef"));
  EXPECT_EQ(read_file_start(folder / "file", 3), to_bytes("abc"));
  EXPECT_EQ(read_file_start(folder / "file", 30), to_bytes("abcdef"));
}

TEST(FileIdentity, SeesThroughLinksAndOtherSpellings) {
  const TemporaryFolder folder;
  write_file(folder / "file", to_bytes("x"));
  write_file(folder / "other", to_bytes("x"));
  std::filesystem::create_symlink("file", folder / "link");
  std::filesystem::create_hard_link(folder / "file", folder / "hard");
  const auto id = file_id(folder / "file");
  ASSERT_TRUE(id);
  EXPECT_EQ(file_id(folder / "./link"), id);
  EXPECT_EQ(file_id(folder / "hard"), id);
  EXPECT_NE(file_id(folder / "other"), id);
  EXPECT_EQ(file_id(folder / "missing"), std::nullopt);
  EXPECT_EQ(file_id("/dev/null"), std::nullopt) << "which many may share";
}

TEST(Descriptor, IsKnownByItsNames) {
  const TemporaryFolder folder;
  write_file(folder / "7", to_bytes("x"));
  std::filesystem::create_symlink("/dev/stderr", folder / "link");
  EXPECT_EQ(descriptor_of("/dev/stdout"), 1);
  EXPECT_EQ(descriptor_of("/dev/fd/7"), 7);
  EXPECT_EQ(descriptor_of("/proc/self/fd/12"), 12);
  EXPECT_EQ(descriptor_of("/proc/thread-self/fd/0"), 0);
  EXPECT_EQ(descriptor_of(folder / "link"), 2);
  for (const std::string& path : {folder / "7", std::string("-"), std::string("/dev/null"),
                                  std::string("/dev/fd"), std::string("/no/such")}) {
    EXPECT_EQ(descriptor_of(path), std::nullopt) << path;
  }
}

TEST(WriteFile, WritesADescriptorWhereItStands) {
  const TemporaryFolder folder;
  const Descriptor file(open((folder / "log").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(write(file.get(), "before ", 7), 7);
  write_file("/dev/fd/" + std::to_string(file.get()), to_bytes("after"));
  EXPECT_EQ(read_file(folder / "log"), to_bytes("before after"));
}

}  // namespace
}  // namespace zipdream
