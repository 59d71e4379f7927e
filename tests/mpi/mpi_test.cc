// SPDX-License-Identifier: Apache-2.0
// zipdream-mpi by mpirun on this machine: the table of one process, whatever the ranks and the
// kills; ranks that differ are refused by name.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "apps/mpi/hello.h"
#include "base/files.h"
#include "base/output_file.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

class MpiTest : public testing::Test {
 protected:
  MpiTest() {
    write_file(folder_ / "text", text_like(150'000));
    write_file(folder_ / "more", text_like(3'000, 2));
  }

  struct Done {
    int code = 0;
    std::string out;
    std::string err;
  };

  static pid_t start(Words words, const std::string& out, const std::string& err) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kFlags, 0644);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kFlags, 0644);
    pid_t process = 0;
    EXPECT_EQ(posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return process;
  }

  [[nodiscard]] Done finish(pid_t process) const {
    int status = 0;
    waitpid(process, &status, 0);
    const auto text = [](const std::string& path) {
      const Bytes bytes = read_file(path);
      return std::string(bytes.begin(), bytes.end());
    };
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text(folder_ / "out"),
            text(folder_ / "err")};
  }

  [[nodiscard]] Done run(const Words& words) const {
    return finish(start(words, folder_ / "out", folder_ / "err"));
  }

  // Containers may forbid that a process reads another one's memory, which Open MPI would try.
  static Words mpirun(int ranks) {
    return {MPIRUN,
            "-q",
            "--oversubscribe",
            "--allow-run-as-root",
            "--mca",
            "btl_vader_single_copy_mechanism",
            "none",
            "-n",
            std::to_string(ranks)};
  }

  static Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  [[nodiscard]] Done by_ranks(int ranks, const Words& arguments) const {
    return run(with(with(mpirun(ranks), {ZIPDREAM_MPI_BINARY}), arguments));
  }

  // `arguments` without mpirun, by the command.
  [[nodiscard]] std::string alone(const Words& arguments) const {
    const Done done = run(with({ZIPDREAM_BINARY}, arguments));
    EXPECT_EQ(done.code, 0) << done.err;
    return done.out;
  }

  [[nodiscard]] Words rates() const {
    return {"rates",          "gzip:9",         "xz:1",       "ppm:3@1/4", "--data",
            folder_ / "text", folder_ / "more", "random:20K", "--chunk",   "512,whole",
            "--no-times",     "--prove",        "1/5"};
  }

  // A run of two ranks, of which each sees `x` in a folder of its own.
  [[nodiscard]] Done in_two_folders() const {
    const auto part = [&](const char* name) {
      return Words{"-n",   "1",      "-wdir", folder_ / name, ZIPDREAM_MPI_BINARY, "rates",
                   "gzip", "--data", "x"};
    };
    Words words = {MPIRUN, "-q", "--oversubscribe", "--allow-run-as-root"};
    words = with(with(with(words, part("a")), {":"}), part("b"));
    return run(words);
  }

  TemporaryFolder folder_;
};

TEST_F(MpiTest, PrintsTheTableOfOneProcessWhateverTheRanks) {
  const std::string table = alone(rates());
  for (const int ranks : {1, 2, 4}) {
    const Done done = by_ranks(ranks, rates());
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.out, table) << ranks;
  }
}

TEST_F(MpiTest, PrintsCurvesAndScalingToo) {
  const Words curves = {"in-context",     "gzip:9",  "ppm:2", "--data",
                        folder_ / "text", "--chunk", "256",   "--no-times"};
  EXPECT_EQ(by_ranks(3, curves).out, alone(curves));
  const Words scaling = {"scaling",        "gzip:9",  "ppm:2",   "--data",
                         folder_ / "text", "--sizes", "1e4,1e5", "--no-times"};
  EXPECT_EQ(by_ranks(3, scaling).out, alone(scaling));
}

TEST_F(MpiTest, HasMoreRanksThanChunks) {
  const Words words = {"rates", "gzip:9", "--data", folder_ / "more", "--no-times"};
  const Done done = by_ranks(5, words);
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, alone(words));
}

TEST_F(MpiTest, NeedsNoMpirunForOneRank) {
  const Words words = {"rates", "gzip:9", "--data", folder_ / "more", "--no-times"};
  const Done done = run(with({ZIPDREAM_MPI_BINARY}, words));
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, alone(words));
}

TEST_F(MpiTest, GoesOnFromTheRecordOfOneProcessAndBack) {
  const std::string record = folder_ / "run.jsonl";
  const Words words = with(rates(), {"--record", record});
  const std::string table = alone(words);
  // Half of it is lost; ranks measure that again.
  Words lines;
  for_each_line(record, [&](std::string_view line) { lines.emplace_back(line); });
  std::string half;
  for (std::size_t i = 0; i < lines.size() / 2; ++i) half += lines[i] + "\n";
  write_file(record, as_bytes(half));
  EXPECT_EQ(by_ranks(2, words).out, table);
  std::multiset<std::string> keys;
  for_each_line(
      record, [&](std::string_view line) { keys.emplace(line.substr(0, line.find("\"sums\""))); });
  EXPECT_EQ(keys.size(), lines.size());
  EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), keys.size()) << "no line is there twice";
  EXPECT_EQ(alone(words), table);
}

// The processes of mpirun that are ranks.
std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  const std::string name = std::to_string(process);
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + name + "/task")) {
    std::ifstream file(task.path() / "children");
    for (pid_t child = 0; file >> child;) children.push_back(child);
  }
  return children;
}

TEST_F(MpiTest, ARankThatIsKilledEndsTheRunWhichGoesOn) {
  const std::string record = folder_ / "run.jsonl";
  const Words words = with(rates(), {"--record", record});
  for (const std::size_t victim : {0U, 1U, 2U}) {
    std::filesystem::remove(record);
    const std::string table = alone(rates());
    const Words command = with(with(mpirun(3), {ZIPDREAM_MPI_BINARY}), words);
    const pid_t process = start(command, folder_ / "out", folder_ / "err");
    // Once some results are there.
    const auto size = [&] {
      std::error_code none;
      const auto bytes = std::filesystem::file_size(record, none);
      return none ? 0 : bytes;
    };
    while (size() < 3000 && waitpid(process, nullptr, WNOHANG) == 0) usleep(1000);
    const std::vector<pid_t> ranks = children_of(process);
    if (ranks.size() > victim) kill(ranks[victim], SIGKILL);
    static_cast<void>(finish(process));
    const Done resumed = by_ranks(3, words);
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(resumed.out, table);
  }
}

TEST_F(MpiTest, RefusesFilesThatDifferBetweenRanks) {
  std::filesystem::create_directory(folder_ / "a");
  std::filesystem::create_directory(folder_ / "b");
  write_file(folder_ / "a/x", text_like(1000, 1));
  write_file(folder_ / "b/x", text_like(1000, 2));
  Done done = in_two_folders();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, AllOf(HasSubstr("rank 1 on "), HasSubstr("x has other contents")));
  EXPECT_EQ(done.out, "");
  write_file(folder_ / "b/x", text_like(1001, 1));
  done = in_two_folders();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, AllOf(HasSubstr("rank 1 on "), HasSubstr("1001 bytes")));
  std::filesystem::remove(folder_ / "b/x");
  done = in_two_folders();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, AllOf(HasSubstr("rank 1: "), HasSubstr("x: no such file")));
}

TEST_F(MpiTest, TellsOfWhatIsWrongOnce) {
  const Done done = by_ranks(3, {"rates", "gzip:99", "--data", folder_ / "text"});
  EXPECT_EQ(done.code, 2);
  EXPECT_EQ(done.err, "zipdream: gzip:99: the level must be 1 to 9; try gzip:9\n");
  const Done part = by_ranks(2, with(rates(), {"--shard", "1/2", "--record", folder_ / "r"}));
  EXPECT_EQ(part.code, 2);
  EXPECT_THAT(part.err, HasSubstr("--shard: the ranks share the work themselves"));
}

TEST_F(MpiTest, SaysWhenTheRecordCannotBeWritten) {
  const Done done = by_ranks(2, with(rates(), {"--record", folder_ / "no/such/folder"}));
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("no/such"));
}

TEST_F(MpiTest, AFullDiskUnderTheRecordEndsTheRunInOneLine) {
  // Files of more than 1 KB are refused to the ranks, and to nobody else.
  const std::string small_disk =
      "ulimit -f 1; exec " + std::string(ZIPDREAM_MPI_BINARY) + " \"$@\"";
  const std::string record = folder_ / "run.jsonl";
  const Words words = with(rates(), {"--record", record});
  const Done done =
      run(with(with(mpirun(2), {"bash", "-c", "trap '' XFSZ; " + small_disk, "rank"}), words));
  EXPECT_EQ(done.code, 1) << done.out;
  EXPECT_THAT(done.err, HasSubstr("run.jsonl: "));
  EXPECT_EQ(std::ranges::count(done.err, '\n'), 1) << done.err;
  EXPECT_EQ(done.out, "");
  // With room again the same command goes on, by what was whole.
  const Done resumed = by_ranks(2, words);
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(resumed.out, alone(rates()));
}

TEST_F(MpiTest, ARankWithAnotherVersionOfALibraryIsRefusedByName) {
  const Words measure = {"rates", "gzip:9", "--data", folder_ / "more"};
  const Words other = {":", "-n", "1", "env", std::string("LD_PRELOAD=") + OTHER_VERSION};
  const Words first = with(with(mpirun(1), {ZIPDREAM_MPI_BINARY}), measure);
  const Done done = run(with(with(with(first, other), {ZIPDREAM_MPI_BINARY}), measure));
  EXPECT_EQ(done.code, 1) << done.out;
  EXPECT_THAT(done.err, AllOf(HasSubstr("rank 1 on "), HasSubstr(" has zlib 9.9.9, rank 0 on "),
                              HasSubstr("; install one version on all nodes")));
  EXPECT_EQ(done.out, "");
}

TEST_F(MpiTest, ScoresManyFilesEachByOneRankAsOneProcessDoes) {
  Words words = {"score", "ppm:3", "--prove", "--no-times", "--csv"};
  for (int i = 0; i < 5; ++i) {
    const std::string file = folder_ / ("file" + std::to_string(i));
    write_file(file, text_like(4000 * (i + 1), i));
    words.push_back(file);
  }
  const Done one = run(with({ZIPDREAM_MPI_BINARY}, words));
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr("/file4,20000,"));
  EXPECT_EQ(by_ranks(3, words).out, one.out);
  // Such as the command scores them, up to what ends an arithmetic code.
  const std::string alone_json = alone({"score", "ppm:3", folder_ / "file4", "--json"});
  const double expected = nlohmann::json::parse(alone_json)["bits"];
  const std::size_t at = one.out.find("/file4,20000,") + 13;
  EXPECT_NEAR(std::stod(one.out.substr(at)), expected, 3);
}

TEST_F(MpiTest, ScoresCodecsByTheirProbabilitiesAsTheCommandDoes) {
  const Done done = by_ranks(2, {"score", "gzip:9", folder_ / "more", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const double bits = nlohmann::json::parse(done.out)["records"][0]["bits"];
  const std::string alone_json = alone({"score", "gzip:9", folder_ / "more", "--json"});
  EXPECT_NEAR(bits, nlohmann::json::parse(alone_json)["bits"].get<double>(), 3);
}

TEST_F(MpiTest, TellsHowFarItIsInLinesWhereThatIsAskedFor) {
  const Words words = {"rates", "gzip:9", "--data", folder_ / "more", "--no-times"};
  const Done done = by_ranks(2, with(words, {"--progress"}));
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.err, testing::ContainsRegex("^rates: done  2 chunks in .* on 2 ranks\n$"));
  EXPECT_EQ(done.out, alone(words));
  EXPECT_EQ(by_ranks(2, words).err, "");
  EXPECT_EQ(by_ranks(2, with(words, {"--progress", "-q"})).err, "");
}

#ifdef ZIPDREAM_TRAIN_BINARY
// ---- Training ----

class MpiTrainingTest : public MpiTest {
 protected:
  [[nodiscard]] Words training(const std::string& model) const {
    return {"-t",
            "1",
            "-q",
            folder_ / "text",
            "-o",
            folder_ / model,
            "--layers",
            "1",
            "--hidden-size",
            "16",
            "--heads",
            "1",
            "--context-length",
            "32",
            "--batch",
            "256",
            "--warmup-seq-len",
            "16",
            "--dropout",
            "0.1",
            "--steps",
            "16",
            "--save-interval",
            "6",
            "--micro-batches",
            "4"};
  }
  [[nodiscard]] Bytes weights(const std::string& model) const {
    return read_file(folder_ / (model + "/model.safetensors"));
  }
};

TEST_F(MpiTrainingTest, GivesTheSameWeightsWhateverTheRanks) {
  const Words alone = with({ZIPDREAM_TRAIN_BINARY}, training("alone"));
  ASSERT_EQ(run(alone).code, 0);
  for (const int ranks : {1, 2, 4}) {
    const std::string name = "by" + std::to_string(ranks);
    const Words words = with(mpirun(ranks), with({ZIPDREAM_TRAIN_BINARY}, training(name)));
    const Done done = run(words);
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(weights(name), weights("alone")) << ranks;
  }
}

TEST_F(MpiTrainingTest, ARankThatIsKilledEndsTheRunAtACheckpointFromWhichItGoesOn) {
  ASSERT_EQ(run(with({ZIPDREAM_TRAIN_BINARY}, training("alone"))).code, 0);
  const Words words = with(mpirun(2), with({ZIPDREAM_TRAIN_BINARY}, training("killed")));
  const pid_t process = start(words, folder_ / "out", folder_ / "err");
  const auto has_checkpoint = [&] {
    return std::filesystem::exists(folder_ / "killed/training.safetensors");
  };
  while (!has_checkpoint() && waitpid(process, nullptr, WNOHANG) == 0) usleep(1000);
  const std::vector<pid_t> ranks = children_of(process);
  if (!ranks.empty()) kill(ranks.back(), SIGKILL);
  static_cast<void>(finish(process));
  ASSERT_TRUE(has_checkpoint());
  const Done resumed = run(
      with(mpirun(4), {ZIPDREAM_TRAIN_BINARY, "--resume", folder_ / "killed", "-t", "1", "-q"}));
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(weights("killed"), weights("alone"));
}

TEST_F(MpiTrainingTest, RefusesMoreRanksThanMicroBatches) {
  Words words = with(mpirun(2), with({ZIPDREAM_TRAIN_BINARY}, training("none")));
  words.back() = "1";
  const Done done = run(words);
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("--micro-batches 1: are shared by 2 ranks"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none/model.safetensors"));
}
#endif

// ---- What ranks say of themselves ----

Hello hello() {
  return {.host = "one",
          .version = "1.2.3",
          .libraries = {{"zlib", "1"}},
          .models = {"gzip:9"},
          .probe = {100},
          .data = {"x: 1 files"},
          .spec = "s",
          .files = "f"};
}

std::string refusal_of(const Hello& other) {
  try {
    check_same(hello(), parse_hello(hello_line(other)), 3);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(HelloTest, RanksThatAreAlikeMayDifferInPlace) {
  Hello other = hello();
  other.host = "two";
  other.files = "elsewhere";
  EXPECT_EQ(refusal_of(other), "");
}

TEST(HelloTest, OtherVersionsAreRefusedByName) {
  Hello other = hello();
  other.host = "two";
  other.version = "1.2.4";
  EXPECT_EQ(refusal_of(other),
            "rank 3 on two: runs zipdream 1.2.4, rank 0 on one runs 1.2.3; install one version on "
            "all nodes");
  EXPECT_THAT(refusal_of({}), HasSubstr("of an unknown version"));
}

TEST(HelloTest, OtherLibrariesModelsDataAndOptionsAreRefusedByName) {
  Hello other = hello();
  other.libraries = {{"zlib", "2"}};
  EXPECT_THAT(refusal_of(other), HasSubstr("has zlib 2, rank 0 on one has 1"));
  other = hello();
  other.probe = {101};
  EXPECT_THAT(refusal_of(other), HasSubstr("gzip:9 measures the same text otherwise"));
  other = hello();
  other.data = {"x: 2 files"};
  EXPECT_THAT(refusal_of(other), HasSubstr("finds x: 2 files; rank 0 finds x: 1 files"));
  other = hello();
  other.spec = "t";
  EXPECT_THAT(refusal_of(other), HasSubstr("something else"));
}

TEST(HelloTest, WhatIsNoHelloIsAnotherVersions) {
  for (const char* line : {"", "{", "[]", "7", R"({"version": 7})", R"({"host": []})"}) {
    EXPECT_THROW(check_same(hello(), parse_hello(line), 1), Error) << line;
  }
}

}  // namespace
}  // namespace zipdream
