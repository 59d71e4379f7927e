// SPDX-License-Identifier: Apache-2.0
// compress, decompress and test: the manners of zstd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Archives : public testing::Test {
 protected:
  Archives() { write_file(folder_ / "text", text_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  static ProcessResult expect_ok(const std::vector<std::string>& arguments,
                                 const ProcessOptions& options = {}) {
    ProcessResult result = run_zipdream(arguments, options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }

  // One line on standard error that has all these parts.
  static void expect_failure(const ProcessResult& result, int exit_code,
                             const std::vector<std::string>& parts) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    for (const std::string& part : parts) EXPECT_THAT(result.err, HasSubstr(part));
  }

  // `sh -c`, with $Z for the program and $F for the folder.
  [[nodiscard]] ProcessResult shell(const std::string& script) const {
    return run_program(
        {"sh", "-c",
         "Z='" + std::string(ZIPDREAM_BINARY) + "'; F='" + folder_.path() + "'; " + script});
  }

  Bytes text_ = read_file(sample("text.txt"));
  TemporaryFolder folder_;
};

TEST_F(Archives, StandBesideTheirFileWithItsTimeAndMode) {
  ASSERT_EQ(chmod(path("text").c_str(), 0640), 0);
  const auto time = fs::last_write_time(path("text")) - std::chrono::hours(1000);
  fs::last_write_time(path("text"), time);
  const ProcessResult result = expect_ok({"compress", path("text")});
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_THAT(names(), UnorderedElementsAre("text", "text.zd"));
  EXPECT_LT(fs::file_size(path("text.zd")), text_.size() / 2);
  fs::remove(path("text"));
  expect_ok({"decompress", path("text.zd")});
  EXPECT_EQ(read_file(path("text")), text_);
  for (const char* name : {"text", "text.zd"}) {
    struct stat status {};
    ASSERT_EQ(stat(path(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U) << name;
    EXPECT_EQ(fs::last_write_time(path(name)), time) << name;
  }
}

TEST_F(Archives, GoThroughPipesWithEveryKindOfModel) {
  for (const char* model : {"ppm:3", "gzip:9", "xz", "png", "stored", "cm:prior=english", "image",
                            "audio:format=s16", "mix:cm:1+ppm:2", "avg:gzip:9+ppm:2"}) {
    const std::string input(text_.begin(), text_.end());
    const ProcessResult packed = expect_ok({"compress", "-m", model}, {.input = input});
    const ProcessResult unpacked = expect_ok({"decompress", "-"}, {.input = packed.out});
    EXPECT_EQ(unpacked.out, input) << model;
    expect_ok({"test"}, {.input = packed.out});
  }
}

TEST_F(Archives, AreTheSameOnAnyNumberOfThreads) {
  const auto pack = [&](const char* threads) {
    return expect_ok({"compress", "-c", "-B", "1K", threads, path("text")}).out;
  };
  const std::string archive = pack("-T1");
  EXPECT_EQ(pack("-T2"), archive);
  EXPECT_EQ(pack("-T0"), archive);
  EXPECT_EQ(as_bytes(expect_ok({"compress", "-d", "-c", "-T2"}, {.input = archive}).out).size(),
            text_.size());
}

TEST_F(Archives, ReplaceTheirFileOnlyWithRm) {
  expect_ok({"compress", "--rm", path("text")});
  EXPECT_THAT(names(), ElementsAre("text.zd"));
  expect_ok({"decompress", "--rm", path("text.zd")});
  EXPECT_THAT(names(), ElementsAre("text"));
  EXPECT_EQ(read_file(path("text")), text_);
  expect_failure(run_zipdream({"compress", "--rm", "-c", path("text")}), 2, {"--rm", "-c"});
  expect_failure(run_zipdream({"compress", "--rm", "-k", path("text")}), 2, {"--rm", "--keep"});
  expect_failure(run_zipdream({"compress", "--rm", "-o", "/dev/null", path("text")}), 2, {"--rm"});
  EXPECT_THAT(names(), ElementsAre("text"));
}

TEST_F(Archives, OverwriteOnlyWithForce) {
  write_file(path("text.zd"), to_bytes("precious"));
  expect_failure(run_zipdream({"compress", path("text")}), 1, {"text.zd", "--force overwrites"});
  EXPECT_EQ(read_file(path("text.zd")), to_bytes("precious"));
  expect_ok({"compress", "-f", path("text")});
  write_file(path("text"), to_bytes("precious too"));
  expect_failure(run_zipdream({"decompress", path("text.zd")}), 1, {"text", "--force overwrites"});
  EXPECT_EQ(read_file(path("text")), to_bytes("precious too"));
  expect_ok({"decompress", "-f", path("text.zd")});
  EXPECT_EQ(read_file(path("text")), text_);
  EXPECT_THAT(names(), UnorderedElementsAre("text", "text.zd"));
  expect_failure(run_zipdream({"compress", "-f", path("text"), "-o", path("text")}), 2,
                 {"not overwritten"});
}

TEST_F(Archives, NameTheirOutputsAsToldOrBySuffix) {
  expect_ok({"compress", path("text"), "-o", path("archive")});
  expect_failure(run_zipdream({"decompress", path("archive")}), 1, {"does not end in .zd", "-o"});
  expect_ok({"decompress", path("archive"), "-o", path("again")});
  EXPECT_EQ(read_file(path("again")), text_);
  expect_failure(run_zipdream({"compress", path("text"), path("again"), "-o", path("both")}), 2,
                 {"-o", "one file"});
  expect_failure(run_zipdream({"compress", path("text"), path("again"), "-c"}), 2, {"-c", "tar"});
  expect_failure(run_zipdream({"compress", path("text"), "-c", "-o", path("x")}), 2, {"-o and -c"});
  EXPECT_EQ(expect_ok({"decompress", "-c", path("archive"), path("archive")}).out.size(),
            2 * text_.size());
}

TEST_F(Archives, OfSeveralFilesAreMadeThoughOneIsMissing) {
  write_file(path("empty"), {});
  const ProcessResult result =
      run_zipdream({"compress", path("nothing"), path("text"), path("empty")});
  expect_failure(result, 1, {"nothing: no such file"});
  EXPECT_THAT(names(), UnorderedElementsAre("text", "text.zd", "empty", "empty.zd"));
  expect_ok({"test", path("text.zd"), path("empty.zd")});
  expect_ok({"decompress", "-f", path("text.zd"), path("empty.zd")});
  EXPECT_EQ(read_file(path("empty")), Bytes());
}

TEST_F(Archives, OfFilesThatSayTheyAreEmptyHoldWhatTheyGive) {
  if (!fs::exists("/proc/version")) GTEST_SKIP() << "no /proc";
  const ProcessResult packed = expect_ok({"compress", "-c", "/proc/version"});
  EXPECT_EQ(expect_ok({"decompress"}, {.input = packed.out}).out,
            std::string(as_chars(read_file("/proc/version"))));
}

TEST_F(Archives, DoNotGoToATerminalUnlessForced) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  const ProcessResult refused = run_zipdream({"compress", "-c", path("text")}, {.terminal = true});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("binary"), HasSubstr("-o")));
  EXPECT_EQ(refused.out, "");
  const ProcessResult forced = run_zipdream({"compress", "-cf", path("text")}, {.terminal = true});
  EXPECT_EQ(forced.exit_code, 0);
  EXPECT_NE(forced.out, "");
}

TEST_F(Archives, TellWhatTheyCameToWhenAsked) {
  EXPECT_THAT(expect_ok({"compress", "-v", path("text")}).err,
              AllOf(HasSubstr("text: " + std::to_string(text_.size()) + " bytes to "),
                    HasSubstr("% ("), HasSubstr("by arith:ppm:6")));
  EXPECT_THAT(expect_ok({"test", "-v", path("text.zd")}).err, HasSubstr("text.zd: whole"));
  EXPECT_EQ(expect_ok({"decompress", "-q", "-f", path("text.zd")}).err, "");
}

TEST_F(Archives, AreShownByInfo) {
  expect_ok({"compress", "-m", "gzip", "-B", "1K", path("text")});
  const auto info = nlohmann::json::parse(expect_ok({"info", path("text.zd"), "--json"}).out);
  EXPECT_EQ(info["media"], "archive");
  EXPECT_EQ(info["bytes"], fs::file_size(path("text.zd")));
  EXPECT_EQ(info["content_bytes"], text_.size());
  EXPECT_EQ(info["blocks"], (text_.size() + 1023) / 1024);
  EXPECT_EQ(info["block_bytes"], 1024);
  EXPECT_EQ(info["model"], "gzip:6");
  EXPECT_EQ(info["format_version"], 2);
  EXPECT_EQ(info["check"], "CRC-64");
  EXPECT_GT(info["ratio"], 1);
  EXPECT_THAT(expect_ok({"info", path("text.zd")}).out,
              AllOf(HasSubstr("model                   gzip:6\n"), HasSubstr("bits per byte")));
  for (const char* way : {"$Z info - --json < $F/text.zd", "cat $F/text.zd | $Z info - --json"}) {
    EXPECT_EQ(nlohmann::json::parse(shell(way).out)["content_bytes"], text_.size()) << way;
  }
}

TEST_F(Archives, RefuseBadOptionsOnceAndWriteNothing) {
  const auto compress = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"compress", path("text"), path("text")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_zipdream(arguments);
  };
  expect_failure(compress({"-m", "ppn"}), 2, {"ppn: no such model", "ppm?"});
  expect_failure(compress({"-m", "gzip:12"}), 2, {"gzip:12"});
  expect_failure(compress({"-m", "arith:arith:ppm"}), 2, {"arith:ppm"});
  expect_failure(compress({"-B", "100"}), 2, {"--block-size"});
  expect_failure(compress({"-B", "65M"}), 2, {"--block-size"});
  expect_failure(compress({"-B", "many"}), 2, {"--block-size"});
  expect_failure(compress({"-T", "-1"}), 2, {"--threads"});
  EXPECT_THAT(names(), ElementsAre("text"));
}

class DamagedFiles : public Archives {
 protected:
  DamagedFiles() {
    text_.resize(4500);
    write_file(path("text"), text_);
    expect_ok({"compress", "--rm", "-m", "gzip", "-B", "1K", path("text")});
    archive_ = read_file(path("text.zd"));
  }

  void damage(std::size_t place) {
    Bytes damaged = archive_;
    damaged[place] ^= 1;
    write_file(path("text.zd"), damaged);
  }

  Bytes archive_;
};

TEST_F(DamagedFiles, AreNamedAndLeaveNothingBehind) {
  damage(archive_.size() / 2);
  for (const char* command : {"decompress", "test"}) {
    const ProcessResult result = run_zipdream({command, path("text.zd")});
    expect_failure(result, 1, {"text.zd: block ", "of the content) is damaged", "--salvage"});
  }
  expect_failure(run_zipdream({"decompress", "--rm", path("text.zd")}), 1, {"is damaged"});
  EXPECT_THAT(names(), ElementsAre("text.zd"));
}

TEST_F(DamagedFiles, AreSalvagedButForTheDamagedBlock) {
  damage(archive_.size() / 2);
  const ProcessResult result = run_zipdream({"decompress", "--salvage", "--rm", path("text.zd")});
  expect_failure(result, 1, {"text.zd: is damaged: bytes ", "are zeros"});
  const Bytes salvaged = read_file(path("text"));
  ASSERT_EQ(salvaged.size(), text_.size());
  EXPECT_TRUE(fs::exists(path("text.zd")));
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    zeros += salvaged[i] == 0 ? 1 : 0;
    EXPECT_TRUE(salvaged[i] == 0 || salvaged[i] == text_[i]) << i;
  }
  EXPECT_EQ(zeros, 1024U);
}

TEST_F(DamagedFiles, CutOffAreSalvagedAsFarAsTheyGo) {
  Bytes start = archive_;
  start.resize(archive_.size() / 2);
  write_file(path("text.zd"), start);
  expect_failure(run_zipdream({"test", path("text.zd")}), 1, {"text.zd", "is cut off"});
  const ProcessResult result = run_zipdream({"decompress", "--salvage", path("text.zd")});
  expect_failure(result, 1, {"bytes of 4500 could be read"});
  const Bytes salvaged = read_file(path("text"));
  EXPECT_EQ(salvaged.size() % 1024, 0U);
  EXPECT_TRUE(std::equal(salvaged.begin(), salvaged.end(), text_.begin()));
  const ProcessResult piped = run_zipdream({"decompress", "--salvage"}, {.input = "x"});
  expect_failure(piped, 2, {"--salvage", "file"});
}

TEST_F(DamagedFiles, WholeOnesAreSalvagedWithoutAComplaint) {
  expect_ok({"decompress", "--salvage", path("text.zd")});
  EXPECT_EQ(read_file(path("text")), text_);
}

TEST_F(DamagedFiles, OfAnotherKindAreNotTakenForArchives) {
  write_file(path("other.zd"), to_bytes("no archive at all"));
  expect_failure(run_zipdream({"decompress", path("other.zd")}), 1,
                 {"other.zd: is no .zd archive"});
  expect_failure(run_zipdream({"test"}, {.input = ""}), 1, {"standard input: ends too early"});
  write_file(path("other.zd"), to_bytes("\xf5ZD\n\x03 from the future"));
  for (const char* command : {"test", "info"}) {
    expect_failure(run_zipdream({command, path("other.zd")}), 1, {"other.zd: is of version 3"});
  }
}

TEST_F(Archives, ReportAFullDiskAndKeepTheInput) {
  expect_failure(run_zipdream({"compress", "-o", "/dev/full", path("text")}), 1, {"No space left"});
  expect_failure(shell("$Z compress -c $F/text > /dev/full"), 1, {"No space left"});
  // Files of at most 512 bytes: what a disk that fills up meanwhile looks like.
  expect_failure(shell("trap '' XFSZ; ulimit -f 1; $Z compress --rm -m stored $F/text"), 1,
                 {"text.zd: cannot write it"});
  EXPECT_THAT(names(), ElementsAre("text"));
  EXPECT_EQ(read_file(path("text")), text_);
}

// The input comes through a pipe whose writer sends the signal once the first block is read.
TEST_F(Archives, LeaveNoHalfFileWhenInterruptedOrKilled) {
  struct Signal {
    const char* name;
    int exit_code;
  };
  for (const Signal signal : {Signal{"INT", 130}, Signal{"TERM", 143}, Signal{"KILL", 137}}) {
    const ProcessResult result = shell(
        "mkfifo $F/pipe; echo none > $F/pid; exec 3<>$F/pipe; "
        "{ head -c 300000 /dev/zero >&3; kill -" +
        std::string(signal.name) +
        " $(cat $F/pid); } & "
        "{ sh -c 'echo $$ > '$F'/pid; exec '$Z' compress -B 64K -m stored - -o '$F'/out.zd < "
        "'$F'/pipe'; } 2>/dev/null; code=$?; rm -f $F/pipe $F/pid; exit $code");
    EXPECT_EQ(result.exit_code, signal.exit_code) << signal.name << result.err;
    EXPECT_THAT(names(), ElementsAre("text")) << signal.name;
  }
}

}  // namespace
}  // namespace zipdream
