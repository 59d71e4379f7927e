// SPDX-License-Identifier: Apache-2.0
// What the world does wrong: one line that says what, where and the remedy, and nothing written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> generate(const std::vector<std::string>& more,
                                  const std::string& model = "gzip:9") {
  std::vector<std::string> arguments = {"generate", model};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(BadInput, MissingFile) {
  expect_refusal(generate({"-f", "/no/such"}), 1, {"/no/such", "no such file"});
}

TEST(BadInput, FolderAsFile) {
  expect_refusal(generate({"-f", "/tmp"}), 1, {"/tmp", "is a folder"});
}

// A file with nothing in it but its size.
TEST(BadInput, InputBeyondOneGigabyteIsRefusedUnread) {
  const TemporaryFolder folder;
  const std::string path = folder / "large";
  write_file(path, to_bytes("x"));
  std::filesystem::resize_file(path, std::uintmax_t{1'100'000'000});
  const std::string limit = "large: is larger than 1073741824 bytes; use a part of it";
  expect_refusal(generate({"-f", path}), 1, {limit});
  expect_refusal(generate({"-p", "x", "--corpus", path}), 1, {limit});
  expect_refusal({"predict", "xz", "-f", path}, 1, {limit});
  const ProcessResult redirected =
      run_program({"sh", "-c", std::string(ZIPDREAM_BINARY) + " predict gzip < " + path});
  EXPECT_EQ(redirected.exit_code, 1);
  EXPECT_THAT(redirected.err, HasSubstr("-: is larger than 1073741824 bytes"));
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  EXPECT_LT(used.ru_maxrss, 500'000) << "KB";
}

TEST(BadInput, EmptyPrompt) {
  expect_refusal(generate({"-p", ""}), 1, {"prompt is empty"});
  expect_refusal(generate({}), 1, {"prompt is empty"}, {.input = ""});
}

TEST(BadInput, MissingCorpus) {
  expect_refusal(generate({"-p", "x", "--corpus", "/no/such"}), 1, {"/no/such", "no such file"});
}

TEST(BadInput, UnreadableImage) {
  const TemporaryFolder folder;
  write_file(folder / "bad.png", to_bytes("\x89PNG\r\n\x1a\nnothing more"));
  expect_refusal(generate({"-f", folder / "bad.png", "-o", folder / "out.png"}), 1, {"bad.png"});
  EXPECT_FALSE(std::filesystem::exists(folder / "out.png"));
}

TEST(BadInput, TextCalledAnImage) {
  expect_refusal(generate({"-f", sample("text.txt"), "--media", "image"}), 1, {"text.txt"});
}

TEST(BadInput, TruncatedWav) {
  const TemporaryFolder folder;
  Bytes wav = read_file(sample("sound.wav"));
  wav.resize(wav.size() / 2);
  write_file(folder / "half.wav", wav);
  expect_refusal(generate({"-f", folder / "half.wav", "-o", folder / "out.wav"}), 1,
                 {"half.wav", "truncated"});
  EXPECT_FALSE(std::filesystem::exists(folder / "out.wav"));
}

TEST(BadInput, UnknownCodecSuggestsTheNearest) {
  expect_refusal(generate({"-p", "x"}, "gzpi:9"), 2, {"gzpi", "gzip"});
  expect_refusal(generate({"-p", "x"}, "bzip:9"), 2, {"bzip2"});
}

TEST(BadInput, LevelOutOfRange) {
  expect_refusal(generate({"-p", "x"}, "gzip:10"), 2, {"gzip:10", "1 to 9"});
  expect_refusal(generate({"-p", "x"}, "xz:banana"), 2, {"xz:banana"});
  expect_refusal(generate({"-p", "x"}, "stored:3"), 2, {"stored"});
}

TEST(BadInput, OutputNotWritable) {
  expect_refusal(generate({"-p", "x", "-o", "/no/such/out.txt"}), 1, {"/no/such"});
  expect_refusal(generate({"-p", "x", "-o", "/tmp"}), 1, {"is a folder"});
  expect_refusal(generate({"-p", "x", "-n", "5", "-q", "-o", "/dev/full"}), 1, {"No space left"});
}

TEST(BadInput, OutputThatIsTheInput) {
  const TemporaryFolder folder;
  write_file(folder / "text", to_bytes("precious"));
  expect_refusal(generate({"-f", folder / "text", "-o", folder / "./text"}), 2,
                 {"not overwritten"});
  EXPECT_EQ(read_file(folder / "text"), to_bytes("precious"));
}

TEST(BadInput, OutputOfTheWrongKind) {
  expect_refusal(generate({"-f", sample("image.png"), "-o", "/tmp/x.jpg"}), 2, {".png"});
  expect_refusal(generate({"-f", sample("sound.wav"), "-o", "/tmp/x.mp3"}), 2, {".wav or .flac"});
  expect_refusal(generate({"-p", "x", "--view", "/tmp/x.png"}), 2, {"--view"});
}

TEST(BadInput, CountsThatAreNone) {
  for (const char* count :
       {"0", "-1", "99999999999", "99999999999999999999999", "many", "1.5", ""}) {
    expect_refusal(generate({"-p", "x", "-n", count}), 2, {"--predict", "--help"});
  }
}

TEST(BadInput, CountForAnImageOrASound) {
  expect_refusal(generate({"-f", sample("image.png"), "-n", "5", "-o", "/tmp/x.png"}), 2,
                 {"--prompt-fraction"});
  expect_refusal(generate({"-f", sample("sound.wav"), "-n", "5", "-o", "/tmp/x.wav"}), 2,
                 {"--seconds"});
}

TEST(BadInput, BinaryToATerminal) {
  if (!has_terminals()) GTEST_SKIP() << "no terminals here";
  const ProcessResult result =
      run_zipdream(generate({"-f", sample("image.png")}), {.terminal = true});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("binary"), HasSubstr("-o")));
  EXPECT_EQ(result.out, "");
}

TEST(BadInput, SamplingOptionsOutOfRange) {
  expect_refusal(generate({"-p", "x", "--temp", "nan"}), 2, {"--temp"});
  expect_refusal(generate({"-p", "x", "--temp", "-1"}), 2, {"--temp"});
  expect_refusal(generate({"-p", "x", "--top-p", "0"}), 2, {"--top-p"});
  expect_refusal(generate({"-p", "x", "--min-p", "2"}), 2, {"--min-p"});
  expect_refusal(generate({"-p", "x", "--alphabet", "z-a"}), 2, {"--alphabet"});
  expect_refusal(generate({"-p", "x", "--units", "nibbles"}), 2, {"nibbles", "bits|bytes"});
  expect_refusal(generate({"-p", "x", "-t", "100000"}), 2, {"--threads"});
}

TEST(BadInput, OptionsThatADreamHasNoUseFor) {
  const auto dream = [](std::vector<std::string> more) {
    more.insert(more.end(), {"-p", "x", "--method", "dream"});
    return generate(more);
  };
  expect_refusal(dream({"--temp", "0.5"}), 2, {"--temp", "--method sample"});
  expect_refusal(dream({"--alphabet", "a-z"}), 2, {"--alphabet"});
  expect_refusal(dream({"--probs", "lengths"}), 2, {"--probs"});
  expect_refusal({"generate", "bzip2", "-p", "x", "--method", "dream"}, 2,
                 {"bzip2 can't dream", "take one of gzip"});
}

TEST(BadInput, MethodOptionsOutOfRange) {
  for (const char* option : {"--horizon", "--beam-width"}) {
    expect_refusal(generate({"-p", "x", "--method", "beam", option, "0"}), 2, {option, "--help"});
    expect_refusal(generate({"-p", "x", "--method", "beam", option, "many"}), 2, {option});
    expect_refusal(generate({"-p", "x", option, "4"}), 2, {option, "--method beam"});
  }
  for (const char* option : {"--span-len", "--match-length"}) {
    expect_refusal(generate({"-p", "x", "--method", "spans", option, "0"}), 2, {option});
    expect_refusal(generate({"-p", "x", "--method", "beam", option, "4"}), 2,
                   {option, "--method spans"});
  }
  expect_refusal(generate({"-p", "x", "--max-copy", "-1"}), 2, {"--max-copy"});
  expect_refusal(generate({"-p", "x", "--method", "rays"}), 2, {"rays", "beam", "sample", "spans"});
}

TEST(BadInput, RowsThatAMethodOrAModelCannotJoin) {
  const std::vector<std::string> image = {"-f", sample("image.png"), "--max-side", "16"};
  const auto with = [&](std::vector<std::string> more, const std::string& model) {
    more.insert(more.end(), image.begin(), image.end());
    more.insert(more.end(), {"-o", "-"});
    return generate(more, model);
  };
  expect_refusal(with({"--rows", "joint", "--method", "beam"}, "gzip:9"), 2,
                 {"--rows joint", "--method sample"});
  expect_refusal(with({"--rows", "joint", "--prompt-side", "top"}, "gzip:9"), 2,
                 {"--rows", "--prompt-side left"});
  expect_refusal(with({}, "residual:med:gzip:9"), 2, {"width=W", "joint"});
  expect_refusal(generate({"-p", "x"}, "residual:mid:gzip:9"), 2, {"residual:mid", "med"});
  expect_refusal(generate({"-p", "x"}, "flac:8,format=u16"), 2, {"format", "s16"});
}

TEST(BadInput, TooLittleToTakeSpansFrom) {
  const TemporaryFolder folder;
  write_file(folder / "corpus", to_bytes("too short"));
  expect_refusal(generate({"-p", "x", "--method", "spans", "--corpus", folder / "corpus"}), 2,
                 {"corpus: 9 bytes", "--match-length 8", "--span-len 8"});
  expect_refusal(generate({"-p", "x", "--method", "spans"}), 2, {"the prompt: 1 bytes"});
}

TEST(BadInput, LimitOnCopiesThatLeavesNothing) {
  const TemporaryFolder folder;
  const std::string out = folder / "out";
  for (const char* method : {"sample", "beam", "spans"}) {
    const std::string max_copy = std::string(method) == "spans" ? "9" : "3";
    const std::vector<std::string> arguments =
        generate({"-p", "abaababbabbabaabab", "--alphabet", "ab", "--method", method, "--max-copy",
                  max_copy, "-n", "5000"});
    expect_refusal(arguments, 2, {"--max-copy " + max_copy, "raise it", "--alphabet"});
    std::vector<std::string> into_a_file = arguments;
    into_a_file.insert(into_a_file.end(), {"-o", out});
    expect_refusal(into_a_file, 2, {"--max-copy"});
    EXPECT_FALSE(std::filesystem::exists(out)) << method;
  }
  expect_refusal(generate({"-f", sample("text.txt"), "--method", "spans", "--max-copy", "7"}), 2,
                 {"--max-copy 7", "--span-len"});
}

TEST(BadInput, TemperatureThatCannotBeFitted) {
  expect_refusal(generate({"-p", "too short", "--temp", "auto"}), 2, {"--temp auto", "prompt"});
  expect_refusal(generate({"-p", "x", "--temp", "warm"}), 2, {"--temp", "warm", "auto"});
  expect_refusal(generate({"-p", "x", "--method", "dream", "--temp", "auto"}), 2, {"--temp"});
  expect_refusal(generate({"-p", "x", "--method", "dream", "--max-copy", "5"}), 2, {"--max-copy"});
}

TEST(BadInput, UnknownOptionsAndCommands) {
  expect_refusal(generate({"-p", "x", "--bogus"}), 2, {"--bogus", "--help"});
  expect_refusal({"generat"}, 2, {"generat: no such command", "did you mean generate?"});
  expect_refusal({}, 2, {"--help"});
  expect_refusal({"generate"}, 2, {"MODEL"});
  expect_refusal({"predict", "gzip:9", "-p", "x", "--temp", "0"}, 2, {"--temp"});
  expect_refusal({"predict", "gzip:9", "-p", "x", "--temp", "nan"}, 2, {"--temp"});
  expect_refusal({"info", "/no/such"}, 1, {"no such file"});
}

TEST(BadInput, StandardOutputThatIsFull) {
  const ProcessResult result =
      run_program({"sh", "-c", std::string(ZIPDREAM_BINARY) + " list > /dev/full"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("No space left"));
}

TEST(BadInput, ModelsThatHoldMoreThanNumbersOrNestWithoutEnd) {
  const TemporaryFolder folder;
  const auto model = generate({"-p", "x"}, "lm:" + folder.path());
  tiny_llama(false, 16).write(folder.path());
  write_file(folder / "tokenizer.json", to_bytes(std::string(1'000'000, '[')));
  expect_refusal(model, 1, {"tokenizer.json", "nested too deep"});
  std::filesystem::remove(folder / "model.safetensors");
  write_file(folder / "pytorch_model.bin", to_bytes("a pickle"));
  expect_refusal(model, 1, {"must be converted"});
}

}  // namespace
}  // namespace zipdream
