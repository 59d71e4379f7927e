// SPDX-License-Identifier: Apache-2.0
// Files of models that are cut, lie, or hold something else, as a command meets them: one line that
// says what and why, in little memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/models/lm/tiny_gguf.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::size_t kLittle = std::size_t{200} << 20;  // bytes of memory

class GgufOnTheCommandLine : public testing::Test {
 protected:
  static GgufWriter writer() { return as_gguf(tiny_llama(true, 8), "F32"); }

  // A command that reads the file, and what it says of it.
  [[nodiscard]] ProcessResult read(const Bytes& file) const {
    write_file(folder_ / "m.gguf", file);
    return run_zipdream({"predict", "lm:" + (folder_ / "m.gguf"), "-p", "x"});
  }

  void expect_refused(const Bytes& file, const std::vector<std::string>& parts) const {
    const ProcessResult result = read(file);
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_LT(result.peak_bytes, kLittle);
    for (const std::string& part : parts) EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_THAT(result.err, HasSubstr(folder_ / "m.gguf"));
  }

  const TemporaryFolder folder_;
};

TEST_F(GgufOnTheCommandLine, ThatIsWholeIsRead) {
  EXPECT_EQ(read(writer().file()).exit_code, 0);
  EXPECT_EQ(read(quantized_llama("Q4_K").file()).exit_code, 0);
}

TEST_F(GgufOnTheCommandLine, ThatIsCutIsRefused) {
  const Bytes whole = writer().file();
  for (const std::size_t part : {0U, 1U, 5U, 10U, 30U, 60U, 90U, 99U}) {
    const std::size_t size = whole.size() * part / 100;
    expect_refused(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)), {"m.gguf: "});
  }
}

TEST_F(GgufOnTheCommandLine, ThatAnnouncesAbsurdCountsIsRefusedInLittleMemory) {
  for (const int bits : {31, 40, 60, 63}) {
    const std::uint64_t count = std::uint64_t{1} << bits;
    expect_refused(writer().file(count), {"tensors; is the file whole?"});
    expect_refused(writer().file(0, count), {"values; is the file whole?"});
    Bytes size(8);
    for (std::size_t i = 0; i < 8; ++i) size[i] = static_cast<Byte>(count >> (8 * i));
    expect_refused(writer().raw("a", 8, size).file(), {"announces a text"});
    for (const Byte type : {Byte{0}, Byte{8}, Byte{12}}) {
      const Bytes list = concat(Bytes{type, 0, 0, 0}, size);
      expect_refused(writer().raw("a", 9, list).file(), {"the list a announces"});
    }
    expect_refused(writer().tensor("a", {count, count}, 0, Bytes(32)).file(),
                   {"the tensor a does not lie in it"});
    GgufWriter layers;
    layers.text("general.architecture", "llama");
    for (const char* key :
         {"llama.block_count", "llama.embedding_length", "llama.vocab_size", "llama.context_length",
          "llama.attention.head_count", "llama.feed_forward_length"}) {
      layers.raw(key, 10, size);
    }
    expect_refused(layers.file(), {"m.gguf: "});
  }
}

TEST_F(GgufOnTheCommandLine, WhoseTensorLiesBeyondTheEndIsRefused) {
  expect_refused(writer().tensor("a", {8}, 0, Bytes(32), std::int64_t{1} << 40).file(),
                 {"the tensor a does not lie in it"});
  expect_refused(writer().tensor("a", {8}, 0, Bytes(32), 0).file(), {"its tensors overlap"});
}

TEST_F(GgufOnTheCommandLine, OfAnUnknownTypeOrArchitectureIsRefusedByName) {
  expect_refused(writer().tensor("a", {256}, 16, Bytes(1024)).file(),
                 {"the tensor a is of type IQ2_XXS", "Q4_K, Q5_K, Q6_K"});
  expect_refused(writer().tensor("a", {256}, 12345, Bytes(1024)).file(), {"number 12345"});
  expect_refused(GgufWriter().text("general.architecture", "mamba").file(),
                 {"the architecture \"mamba\" is not supported", "llama, qwen2, qwen3, gemma3"});
}

TEST_F(GgufOnTheCommandLine, WhoseVocabularyAndEmbeddingDifferIsRefused) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 300; ++i) tokens.push_back("t" + std::to_string(i));
  expect_refused(
      writer().text("tokenizer.ggml.model", "gpt2").texts("tokenizer.ggml.tokens", tokens).file(),
      {"token_embd.weight is [256, 8], but by its values [300, 8]"});
}

TEST_F(GgufOnTheCommandLine, WithScalesThatAreNoNumbersIsRefused) {
  for (const char* type : {"Q8_0", "Q4_K", "Q6_K"}) {
    const auto sizes = GgufWriter::type(type);
    Bytes rows = random_blocks(type, 65536 / sizes.weights, 3);
    rows[std::string(type) == "Q6_K" ? 209 : 1] = 0x7E;  // a NaN
    expect_refused(
        quantized_llama(type).tensor("output.weight", {256, 256}, sizes.number, rows).file(),
        {"the tensor output.weight holds a NaN"});
  }
}

TEST_F(GgufOnTheCommandLine, ThatIsNoLanguageModelIsRefusedByItsKind) {
  expect_refused(GgufWriter().text("general.architecture", "clip").file(), {"mmproj"});
  expect_refused(
      GgufWriter().text("general.architecture", "llama").text("general.type", "mmproj").file(),
      {"mmproj"});
  expect_refused(GgufWriter()
                     .text("general.architecture", "llama")
                     .text("general.type", "adapter")
                     .text("adapter.type", "lora")
                     .file(),
                 {"is an adapter (lora)", "merge it into the model first"});
}

TEST_F(GgufOnTheCommandLine, InPartsIsOneModelAndMissesNone) {
  const TinyModel model = tiny_llama(true);
  const auto name = [](std::uint32_t part) {
    return "m-0000" + std::to_string(part + 1) + "-of-00003.gguf";
  };
  for (std::uint32_t part = 0; part < 3; ++part) {
    TinyModel some = model;
    std::size_t index = 0;
    for (const auto& [tensor, values] : model.tensors) {
      if (index++ % 3 != part) some.tensors.erase(tensor);
    }
    GgufWriter parts = as_gguf(some, "F32");
    parts.u32("split.no", part).u32("split.count", 3);
    write_file(folder_ / name(part), parts.file());
  }
  write_file(folder_ / "whole.gguf", as_gguf(model, "F32").file());
  const auto predict = [&](const std::string& file) {
    const ProcessResult result =
        run_zipdream({"predict", "lm:" + (folder_ / file), "-p", "x", "--top", "3", "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out.substr(result.out.find("\"probs\""));
  };
  EXPECT_EQ(predict(name(0)), predict("whole.gguf"));
  EXPECT_EQ(predict(name(2)), predict("whole.gguf"));
  fs::remove(folder_ / name(1));
  expect_refusal({"predict", "lm:" + (folder_ / name(0)), "-p", "x"}, 1,
                 {"m-00002-of-00003.gguf: this part of the model is missing; fetch it too"});
}

TEST_F(GgufOnTheCommandLine, AndAFolderWhoseShardIsMissingIsRefusedByItsName) {
  tiny_llama().write(folder_.path());
  fs::rename(folder_ / "model.safetensors", folder_ / "model-00001-of-00002.safetensors");
  write_file(folder_ / "model.safetensors.index.json",
             to_bytes(R"({"weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors"}})"));
  expect_refusal({"predict", "lm:" + folder_.path(), "-p", "x"}, 1,
                 {"the shard model-00002-of-00002.safetensors is missing; fetch it too"});
}

}  // namespace
}  // namespace zipdream
