// SPDX-License-Identifier: Apache-2.0
// lm:DIR on the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

using ::testing::StartsWith;

class LanguageModelOnTheCommandLine : public testing::Test {
 protected:
  LanguageModelOnTheCommandLine() { tiny_llama(true).write(folder_.path()); }
  [[nodiscard]] std::string model() const { return "lm:" + folder_.path(); }

  const TemporaryFolder folder_;
};

TEST_F(LanguageModelOnTheCommandLine, GeneratesTheSameOnAnyNumberOfThreads) {
  const auto generate = [&](const char* threads) {
    const ProcessResult result =
        run_zipdream({"generate", model(), "-p", "The", "-n", "150", "--seed", "3", "-t", threads});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string text = generate("1");
  EXPECT_THAT(text, StartsWith("The"));
  EXPECT_EQ(text.size(), 153U);
  EXPECT_EQ(generate("4"), text);
}

TEST_F(LanguageModelOnTheCommandLine, ScoresAndIsItsOwnCodec) {
  const auto score = [&](const std::string& spec) {
    const ProcessResult result = run_zipdream({"score", spec, sample("text.txt"), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  };
  const double bits = score(model())["bits"].get<double>();
  EXPECT_GT(bits, 0);
  EXPECT_NEAR(score("arith:" + model())["own_bits"].get<double>(), bits, 1e-4 * bits + 32);
}

TEST_F(LanguageModelOnTheCommandLine, KeepsWeightsInTheFormatAskedFor) {
  const auto bits = [&](const std::string& spec) {
    const ProcessResult result = run_zipdream({"score", spec, sample("text.txt"), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out)["bits"].get<double>();
  };
  const double exact = bits(model());
  EXPECT_EQ(bits(model() + ":weights=f32"), exact);
  const double small = bits(model() + ":overlap=10:weights=int8");
  EXPECT_NE(small, exact);
  EXPECT_EQ(bits(model() + ":weights=int8:overlap=10"), small);
  expect_refusal({"generate", model() + ":weights=int4", "-p", "x"}, 2, {"bf16 or int8"});
}

// The text is of this project, so the model has not seen it.
TEST(BundledModel, KnowsEnglish) {
  const ProcessResult result = run_zipdream({"score", "lm:english", sample("text.txt"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(nlohmann::json::parse(result.out)["bits_per_byte"].get<double>(), 2.7);
}

TEST_F(LanguageModelOnTheCommandLine, FindsModelsThatComeWithTheProgramByTheirName) {
  const std::filesystem::path path(folder_.path());
  setenv("ZIPDREAM_MODELS", path.parent_path().c_str(), 1);
  const ProcessResult result =
      run_zipdream({"predict", "lm:" + path.filename().string(), "-p", "x", "--json"});
  unsetenv("ZIPDREAM_MODELS");
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(LanguageModelOnTheCommandLine, SaysInOneLineWhatIsWrong) {
  expect_refusal({"generate", "lm", "-p", "x"}, 2, {"try lm:DIR"});
  expect_refusal({"generate", model() + ":overlap=1000", "-p", "x"}, 2,
                 {"must be below", "context"});
  expect_refusal({"generate", "lm:" + (folder_ / "nothing"), "-p", "x"}, 1, {"no such folder"});
  // What a clone without Git LFS has in the place of large files.
  for (const char* name : {"model.safetensors", "config.json", "tokenizer.json"}) {
    const std::string file = folder_ / name;
    const bool is_there = std::filesystem::exists(file);
    const Bytes before = is_there ? read_file(file) : Bytes();
    write_file(file, to_bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"
                              "size 12345\n"));
    expect_refusal({"generate", model(), "-p", "x"}, 1,
                   {file + ": is a Git LFS pointer, not the file itself; ", "git lfs pull"});
    is_there ? write_file(file, before) : static_cast<void>(std::filesystem::remove(file));
  }
  write_file(folder_ / "model.safetensors", to_bytes("not tensors"));
  expect_refusal({"generate", model(), "-p", "x"}, 1, {"model.safetensors", "whole?"});
}

}  // namespace
}  // namespace zipdream
