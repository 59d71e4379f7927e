// SPDX-License-Identifier: Apache-2.0
// A text on standard output while it is generated: byte for byte into files and pipes, safe and
// coloured on a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kPrompt = "To be, or not to be, that is the \n";
constexpr std::size_t kCount = 40;

std::vector<std::string> continue_text(const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"generate", "gzip:9", "-n", std::to_string(kCount),
                                        "--seed",   "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// At a temperature of 0 the corpus is continued, letter by letter.
std::vector<std::string> continue_corpus(const std::string& folder, const std::string& text,
                                         const std::string& prompt, std::size_t count) {
  write_file(folder + "/corpus", as_bytes(text));
  return {"generate", "gzip:9",           "-p",     prompt, "-n", std::to_string(count),
          "--corpus", folder + "/corpus", "--temp", "0",    "-q"};
}

TEST(TextStream, WritesEachByteToAPipeWhenItIsGenerated) {
  if (!has_packet_pipes()) GTEST_SKIP() << "no pipes here that keep writes apart";
  const ProcessResult result =
      run_zipdream(continue_text(), {.input = kPrompt, .count_writes = true});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.size(), kPrompt.size() + kCount);
  EXPECT_EQ(result.writes, 1 + kCount);  // the prompt, and each byte
}

TEST(TextStream, IsTheSameInAPipeAndInAFile) {
  const TemporaryFolder folder;
  const std::string piped = run_zipdream(continue_text(), {.input = kPrompt}).out;
  EXPECT_THAT(piped, StartsWith(kPrompt));
  std::vector<std::string> redirected = {"sh", "-c", "exec \"$0\" \"$@\" >" + (folder / "out"),
                                         ZIPDREAM_BINARY};
  for (const std::string& argument : continue_text()) redirected.push_back(argument);
  EXPECT_EQ(run_program(redirected, {.input = kPrompt}).exit_code, 0);
  EXPECT_EQ(as_chars(read_file(folder / "out")), piped);
  EXPECT_EQ(run_zipdream(continue_text({"-o", folder / "named"}), {.input = kPrompt}).exit_code, 0);
  EXPECT_EQ(as_chars(read_file(folder / "named")), piped);
}

TEST(TextStream, TellsAFullDiskInOneLine) {
  std::vector<std::string> command = {"sh", "-c", "exec \"$0\" \"$@\" >/dev/full", ZIPDREAM_BINARY};
  for (const std::string& argument : continue_text({"-q"})) command.push_back(argument);
  const ProcessResult result = run_program(command, {.input = kPrompt});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("No space left on device"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

TEST(TextStream, IsColouredOnATerminalAfterThePromptAndEndsTheLine) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  const TemporaryFolder folder;
  const auto command = continue_corpus(folder.path(), "abcdefgh abcdefgh", "abcdefgh abc", 2);
  EXPECT_EQ(run_zipdream(command, {.terminal = true}).out,
            "abcdefgh abc\x1b[1;36md\x1b[0m\x1b[1;36me\x1b[0m\r\n");
  std::vector<std::string> plain = {"env", "NO_COLOR=1", ZIPDREAM_BINARY};
  plain.insert(plain.end(), command.begin(), command.end());
  EXPECT_EQ(run_program(plain, {.terminal = true}).out, "abcdefgh abcde\r\n");
}

TEST(TextStream, KeepsCharactersWholeOnATerminal) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  const TemporaryFolder folder;
  const std::string text = "un café au lait, un café au lait";
  const auto whole = continue_corpus(folder.path(), text, "un café au lait, un caf", 3);
  const std::string shown = run_zipdream(whole, {.terminal = true}).out;
  EXPECT_THAT(shown, HasSubstr("\x1b[1;36mé\x1b[0m"));
  EXPECT_THAT(shown, Not(HasSubstr("\\x")));
  // What ends within a character shows the bytes that are there.
  const auto half = continue_corpus(folder.path(), text, "un café au lait, un caf", 1);
  EXPECT_THAT(run_zipdream(half, {.terminal = true}).out, EndsWith("\\xc3\r\n"));
}

}  // namespace
}  // namespace zipdream
