// SPDX-License-Identifier: Apache-2.0
// Reads and writes that do less than they were asked to, disks that are full, pipes that close.
// scripts/faults.sh does the same and more, many times and at random frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

std::vector<std::string> with_short_io(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"env", "LD_PRELOAD=" SHORT_IO,
                                      "ASAN_OPTIONS=verify_asan_link_order=0", ZIPDREAM_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

// `limit` is what the shell's ulimit takes.
ProcessResult run_limited(const std::string& limit, const std::string& arguments) {
  return run_program(
      {"sh", "-c", "ulimit " + limit + "; trap '' XFSZ; " ZIPDREAM_BINARY " " + arguments});
}

class Faults : public testing::Test {
 protected:
  Faults() { write_file(in_, text_); }

  TemporaryFolder folder_;
  std::string in_ = folder_ / "in";
  Bytes text_ = text_like(60'000);
};

TEST_F(Faults, ShortAndInterruptedReadsAndWritesChangeNothing) {
  const std::string out = folder_ / "out.zd";
  const std::string back = folder_ / "back";
  for (const auto& [from, to, command] :
       {std::tuple(in_, out, "compress"), {out, back, "decompress"}}) {
    const ProcessResult result = run_program(with_short_io({command, from, "-o", to}));
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_EQ(read_file(back), text_);
  const ProcessResult piped =
      run_program(with_short_io({"compress", "-c"}), {.input = std::string(as_chars(text_))});
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  const ProcessResult unpacked =
      run_program(with_short_io({"decompress", "-c"}), {.input = piped.out});
  EXPECT_EQ(to_bytes(unpacked.out), text_) << unpacked.err;
}

TEST_F(Faults, AFileThatMayNotGrowLeavesNothingBehind) {
  const ProcessResult result =
      run_limited("-f 4", "compress -m stored " + in_ + " -o " + (folder_ / "x.zd"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("x.zd"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.zd"));
  EXPECT_EQ(read_file(in_), text_);
}

TEST_F(Faults, AFullDiskIsAnErrorOfOneLine) {
  for (const char* command :
       {"generate gzip:9 -p abc -n 50", "list", "predict gzip -p abc --json"}) {
    const ProcessResult result =
        run_program({"sh", "-c", ZIPDREAM_BINARY " " + std::string(command) + " > /dev/full"});
    EXPECT_EQ(result.exit_code, 1) << command;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

TEST_F(Faults, AReaderThatGoesAwayEndsItInOneLineOrNone) {
  write_file(in_, random_bytes(1'000'000));  // more than a pipe holds
  const ProcessResult result = run_program(
      {"sh", "-c", ZIPDREAM_BINARY " compress -m stored -c " + in_ + " | head -c 1 > /dev/null"});
  EXPECT_EQ(result.exit_code, 0) << "of head";
  // The first where SIGPIPE ends it, the second where whoever started it has SIGPIPE ignored.
  EXPECT_THAT(result.err, AnyOf("", "zipdream: standard output: cannot write it: Broken pipe\n"));
}

}  // namespace
}  // namespace zipdream
