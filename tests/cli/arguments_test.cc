// SPDX-License-Identifier: Apache-2.0
// What the command line takes, and what it says of what it can't take: one line that names the
// option and what would do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> generate(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"generate", "gzip:9", "-p", "x", "-q"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(UnknownOption, SuggestsTheNearestOfItsCommand) {
  const std::vector<std::string> said = {"generate: --tmep: no such option; did you mean --temp?",
                                         "see `zipdream generate --help`"};
  expect_refusal(generate({"--tmep", "1"}), 2, said);
  expect_refusal(generate({"--tmep=1"}), 2, said);
  expect_refusal({"generate", "--tmep", "1", "gzip:9", "-p", "x"}, 2, said);
  expect_refusal({"compress", "--blocksize", "1M", "x"}, 2,
                 {"compress: --blocksize", "--block-size?"});
  expect_refusal({"list", "--memory-limti", "1G"}, 2, {"did you mean --memory-limit?"});
  expect_refusal({"--verison"}, 2, {"zipdream: --verison: no such option", "--version?"});
}

TEST(UnknownOption, IsNamedWhereNothingIsNear) {
  const ProcessResult result = run_zipdream(generate({"--bogus"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("generate: --bogus: no such option; see"));
  expect_refusal(generate({"-z"}), 2, {"generate: -z: no such option"});
  // Of another command.
  expect_refusal({"list", "--temp", "1"}, 2, {"list: --temp: no such option"});
}

TEST(Words, ThatAreTooManyAreNamed) {
  expect_refusal({"list", "everything"}, 2, {"list: everything: is one word too many"});
  expect_refusal({"info", "a", "b"}, 2, {"info: b: is one word too many"});
  expect_refusal({"lits"}, 2, {"lits: no such command", "did you mean list?"});
}

TEST(MissingValue, IsSaidWithWhatItIs) {
  expect_refusal(generate({"-n"}), 2,
                 {"--predict: its value is missing: N, a whole number from 1 to 1073741824",
                  "try --predict 100"});
  expect_refusal(generate({"-n", "--json"}), 2, {"--predict: its value is missing"});
  expect_refusal(generate({"--units"}), 2, {"missing: bits|bytes", "try --units bits"});
  expect_refusal(generate({"--corpus"}), 2, {"--corpus: its value is missing: FILE"});
  expect_refusal(generate({"--temp"}), 2, {"missing: T|T:U|auto", "try --temp 1"});
  expect_refusal({"list", "--memory-limit"}, 2, {"missing: SIZE, a size, 16M or more"});
}

TEST(Value, OutOfRangeIsToldTheRange) {
  for (const char* value : {"0", "1073741825", "-1", "99999999999999999999999", "many", "1.5"}) {
    expect_refusal(
        generate({"-n", value}), 2,
        {std::string("--predict ") + value + ": must be a whole number from 1 to 1073741824",
         "see `zipdream generate --help`"});
  }
  expect_refusal(generate({"-n", ""}), 2, {"--predict ''"});
  expect_refusal(generate({"-t", "9999"}), 2, {"--threads 9999", "from 0 to 1024"});
  expect_refusal(generate({"--top-p", "much"}), 2, {"--top-p much: must be a number"});
  expect_refusal({"compress", "-B", "100", "x"}, 2,
                 {"--block-size 100: must be a size from 1K to 64M"});
  expect_refusal({"list", "--memory-limit", "1M"}, 2, {"--memory-limit 1M", "16M or more"});
  expect_refusal(generate({"-n", "1\n2\x1b[31m"}), 2, {"--predict 1\\n2\\x1b[31m"});
}

TEST(Value, OfASeedIsAnyNumberOf64Bits) {
  const std::string range = "must be a whole number from 0 to 18446744073709551615";
  for (const char* seed : {"-1", "18446744073709551616", "", "1.5", "x", " 1"}) {
    expect_refusal(generate({"--seed", seed}), 2, {"--seed ", range});
    expect_refusal({"compare", "gzip", "-p", "x", "--seed", seed}, 2, {"--seed ", range});
  }
  expect_refusal(generate({"--seed="}), 2, {"--seed ''", range});
  expect_refusal(generate({"--seed=", "-n", "3"}), 2, {"--seed ''", range});
  EXPECT_EQ(run_zipdream(generate({"--seed", "18446744073709551615"})).exit_code, 0);
}

TEST(Value, OfASizeHasUnits) {
  const auto block_bytes = [](const char* size) -> std::size_t {
    const ProcessResult packed = run_zipdream({"compress", "-c", "-B", size}, {.input = "x"});
    EXPECT_EQ(packed.exit_code, 0) << packed.err;
    const ProcessResult info = run_zipdream({"info", "-", "--json"}, {.input = packed.out});
    return nlohmann::json::parse(info.out)["block_bytes"].get<std::size_t>();
  };
  for (const char* size : {"2K", "2KiB", "2k", "2048", "2Ki", "0x800"}) {
    EXPECT_EQ(block_bytes(size), 2048U) << size;
  }
  EXPECT_EQ(block_bytes("2KB"), 2000U);
  EXPECT_EQ(block_bytes("1MB"), 1'000'000U);
  EXPECT_EQ(block_bytes("1MiB"), 1U << 20);
  const auto generated = [](const std::vector<std::string>& more) {
    return run_zipdream(generate(more)).out.size();
  };
  EXPECT_EQ(generated({"--no-prompt", "-n", "1KB"}), 1000U);
  EXPECT_EQ(generated({"--no-prompt", "-n", "1K"}), 1024U);
  EXPECT_EQ(generated({"--no-prompt", "-n", "3", "--context-window", "1KiB"}), 3U);
  EXPECT_EQ(
      generated({"--no-prompt", "-n", "3", "--corpus", sample("text.txt"), "--corpus-bytes", "1K"}),
      3U);
  EXPECT_EQ(run_zipdream({"rates", "gzip", "--data", "random:8KB", "--chunk", "1KiB"}).exit_code,
            0);
  for (const char* size : {"1KX", "K", "1.5", "-1K", ""}) {
    expect_refusal({"compress", "-B", size, "x"}, 2, {"--block-size", "a size from 1K to 64M"});
  }
}

TEST(Value, OutOfTheLibrarysRangeIsNamedByItsFlag) {
  expect_refusal(generate({"--temp", "2000"}), 2, {"zipdream: --temp 2000: must be 0 to 1000"});
  expect_refusal(generate({"--temp", "warm"}), 2, {"--temp warm: must be a number", "auto"});
  expect_refusal(generate({"--min-p", "2"}), 2, {"--min-p 2: must be 0 to 1"});
  expect_refusal(generate({"--span-len", "4"}), 2, {"--span-len: is for --method spans"});
  expect_refusal({"generate", "ppm:6", "-p", "x", "--units", "bits"}, 2, {"--units"});
}

TEST(Value, IsReadAsItIsWritten) {
  const auto bytes = [](const std::string& count) {
    return run_zipdream(generate({"--no-prompt", "-n", count})).out.size();
  };
  EXPECT_EQ(bytes("12"), 12U);
  EXPECT_EQ(bytes("012"), 12U);
  EXPECT_EQ(bytes("0x12"), 18U);
  EXPECT_EQ(run_zipdream({"list", "--memory-limit", "1G"}).exit_code, 0);
  EXPECT_EQ(run_zipdream({"--memory-limit", "1073741824", "list"}).exit_code, 0);
}

TEST(Value, ThatStandsInBracketsIsOne) {
  const ProcessResult result =
      run_zipdream({"score", "stored", "-p", "x", "--json", "--choices", "[a,b]", "[c]"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto choices = nlohmann::json::parse(result.out)["choices"];
  ASSERT_EQ(choices.size(), 2U);
  EXPECT_EQ(choices[0]["choice"], "[a,b]");
  EXPECT_EQ(choices[1]["choice"], "[c]");
}

TEST(Choice, ThatIsNoneIsToldThem) {
  expect_refusal(generate({"--units", "bist"}), 2,
                 {"--units bist: must be bits|bytes", "did you mean bits?"});
  expect_refusal(generate({"--method", "rays"}), 2, {"beam|dream|sample|spans"});
}

TEST(Options, ThatDontGoTogetherAreNamed) {
  expect_refusal(generate({"-f", "y"}), 2, {"--file and --prompt: exclude each other"});
  expect_refusal({"score", "gzip", "x", "--per-byte"}, 2, {"--per-byte: needs --json"});
  expect_refusal({"compress", "--rm", "-k", "x"}, 2, {"--rm and --keep"});
  const std::vector<std::vector<std::string>> twice = {{"-n", "1", "-n", "2"},
                                                       {"-n", "1", "--predict=2"},
                                                       {"--seed", "1", "--seed", "1"},
                                                       {"-o", "a", "-o", "b"},
                                                       {"--temp", "1", "--temp", "auto"},
                                                       {"--units", "bits", "--units", "bytes"}};
  for (const auto& options : twice) {
    expect_refusal(generate(options), 2, {"stands here 2 times; it takes one value"});
  }
  expect_refusal(generate({"--json=3"}), 2, {"--json: takes no value"});
  for (const char* option : {"-o", "--view", "--corpus"}) {
    expect_refusal(generate({option, ""}), 2, {"'': names no file"});
  }
  expect_refusal({"rates", "gzip", "--data", "random:1K", "--record", ""}, 2, {"names no file"});
}

TEST(Options, ThatAreRequiredAreNamedWithAnExample) {
  expect_refusal({"generate", "-p", "x"}, 2, {"MODEL: is required; e.g. gzip:9"});
  expect_refusal({"compare", "-p", "x"}, 2, {"MODEL: is required"});
  expect_refusal({"rates", "gzip:9"}, 2, {"--data: is required; e.g. --data samples/text.txt"});
  expect_refusal({}, 2, {"no command", "zipdream --help"});
}

TEST(Help, OfEveryCommandOpensWithWhatItIsFor) {
  for (const char* command :
       {"generate", "predict", "score", "compare", "compress", "decompress", "test", "rates",
        "in-context", "scaling", "tokenization", "merge", "list", "models", "info"}) {
    const ProcessResult result = run_zipdream({command, "--help"});
    EXPECT_EQ(result.exit_code, 0) << command;
    EXPECT_EQ(result.err, "");
    EXPECT_LT(result.out.find("Examples:"), result.out.find("Usage:")) << result.out;
    EXPECT_THAT(result.out, HasSubstr(std::string("Usage: zipdream ") + command));
    EXPECT_THAT(result.out, HasSubstr(std::string("  zipdream ") + command + " "));
    // Wherever it stands.
    EXPECT_EQ(run_zipdream({command, "--bogus", "--help"}).out, result.out) << command;
  }
  EXPECT_THAT(run_zipdream({"rates", "--help"}).out, Not(HasSubstr("{false}")));
}

// All commands, as the program itself lists them.
std::vector<std::string> all_commands() {
  std::vector<std::string> commands;
  std::istringstream help(run_zipdream({"--help"}).out);
  bool is_list = false;
  for (std::string line; std::getline(help, line);) {
    if (line == "Subcommands:") {
      is_list = true;
    } else if (is_list && line.starts_with("  ") && line[2] != ' ') {
      commands.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
  }
  return commands;
}

bool has_trainer() {
  const auto folder = std::filesystem::path(ZIPDREAM_BINARY).parent_path();
  return std::filesystem::exists(folder / "zipdream-train");
}

TEST(Help, OfEveryCommandFitsIntoEightyColumns) {
  std::vector<std::string> commands = all_commands();
  ASSERT_GE(commands.size(), 15U);
  commands.emplace_back("");
  for (const std::string& command : commands) {
    if (command == "train" && !has_trainer()) continue;
    std::vector<std::string> words = {"--help"};
    if (!command.empty()) words.insert(words.begin(), command);
    const ProcessResult help = run_zipdream(words);
    EXPECT_EQ(help.exit_code, 0) << command << help.err;
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    EXPECT_THAT(help.out, Not(HasSubstr(" \n")));
  }
}

TEST(Help, IsACommandToo) {
  for (const std::string& command : all_commands()) {
    if (command == "train" && !has_trainer()) continue;
    const ProcessResult help = run_zipdream({"help", command});
    EXPECT_EQ(help.exit_code, 0) << help.err;
    EXPECT_EQ(help.out, run_zipdream({command, "--help"}).out) << command;
  }
  EXPECT_EQ(run_zipdream({"help"}).out, run_zipdream({"--help"}).out);
  EXPECT_EQ(run_zipdream({"help", "help"}).out, run_zipdream({"--help"}).out);
  expect_refusal({"help", "generat"}, 2, {"generat: no such command", "generate?"});
}

TEST(Help, HasExamplesThatCanBeTyped) {
  // Cut where the page ends, with a backslash that the shell takes away.
  const std::string help = run_zipdream({"compare", "--help"}).out;
  EXPECT_THAT(help, HasSubstr("--prompt-bytes 1948 \\\n    --predict 100\n"));
  EXPECT_THAT(run_zipdream({"score", "--help"}).out, HasSubstr(" \\\n    "));
}

}  // namespace
}  // namespace zipdream
