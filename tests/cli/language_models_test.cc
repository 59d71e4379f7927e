// SPDX-License-Identifier: Apache-2.0
// lm:DIR on the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "tests/cli/process.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
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
  const ProcessResult result =
      run_zipdream({"score", "lm:english-small", sample("text.txt"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(nlohmann::json::parse(result.out)["bits_per_byte"].get<double>(), 2.7);
}

TEST(BundledModel, GoesOnWithinTheTokenThatThePromptEndsIn) {
  const auto after = [](const std::string& prompt, const std::vector<std::string>& options) {
    std::vector<std::string> words = {"generate", "lm:english-bpe", "-p", prompt, "-n",
                                      "3",        "--temp",         "0",  "-q",   "--no-prompt"};
    words.insert(words.end(), options.begin(), options.end());
    const ProcessResult result = run_zipdream(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  EXPECT_EQ(after("The United Sta", {}), "tes");
  EXPECT_NE(after("The United Sta", {"--no-heal"}), "tes");
  EXPECT_EQ(after("The United States of Ame", {}), "ric");
  expect_refusal({"generate", "gzip:9", "-p", "x", "--no-heal"}, 2,
                 {"--no-heal: is for models over tokens"});
  expect_refusal({"generate", "lm:english-bpe", "-p", "x", "--no-heal", "--method", "beam"}, 2,
                 {"--no-heal: is for --method sample"});
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

// A model with a vocabulary, whose last token is "<|endoftext|>" and the one before it a control
// token of a chat.
class ModelWithTokens : public testing::Test {
 protected:
  static constexpr std::size_t kTokens = 260;

  ModelWithTokens() {
    TinyModel model = tiny_llama();
    model.config["vocab_size"] = kTokens;
    model.config.erase("bos_token_id");
    for (const char* name : {"model.embed_tokens.weight", "lm_head.weight"}) {
      TinyTensor& tensor = model.tensors[name];
      const std::size_t width = tensor.shape[1];
      for (std::size_t i = tensor.values.size(); i < kTokens * width; ++i) {
        tensor.values.push_back(static_cast<float>(i % 17) / 17 - 0.4F);
      }
      tensor.shape[0] = kTokens;
    }
    model.write(folder_.path());
    vocabulary_ = byte_level_vocabulary({"t h", "th e"});
    vocabulary_["added_tokens"][0]["id"] = 259;
    vocabulary_["added_tokens"].push_back(
        {{"id", 258}, {"content", "<|user|>"}, {"special", true}, {"rstrip", true}});
    write_tokenizer();
  }

  void write_tokenizer() const {
    write_file(folder_ / "tokenizer.json", to_bytes(vocabulary_.dump()));
  }

  [[nodiscard]] std::string predict(const std::string& prompt,
                                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"predict", "lm:" + folder_.path(), "-p", prompt,
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out.substr(result.out.find("\"symbols\""));
  }

  const TemporaryFolder folder_;
  nlohmann::json vocabulary_;
};

// RWKV-7, whose state has one size however long a text is, with a vocabulary of RWKV's.
class RecurrentModelOnTheCommandLine : public testing::Test {
 protected:
  RecurrentModelOnTheCommandLine() {
    with_more_tokens(tiny_rwkv7()).write(folder_.path());
    write_file(folder_ / "rwkv_vocab_v20230424.txt",
               to_bytes(rwkv_file({" the", "the", "he", "ing", "\n\n", "Alice"})));
  }
  [[nodiscard]] std::string model() const { return "lm:" + folder_.path(); }

  static std::string out_of(const std::vector<std::string>& arguments) {
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  const TemporaryFolder folder_;
};

TEST_F(RecurrentModelOnTheCommandLine, CodesTextsOfAnyLengthByTokensAndByBytes) {
  const Bytes text = read_file(sample("text.txt"));
  for (const std::string& spec : {model(), "bytes:" + model()}) {
    const std::string from = folder_ / "in";
    write_file(from, ByteView(text).first(spec == model() ? text.size() : 1500));
    const std::string packed = folder_ / "in.zd";
    out_of({"compress", "-q", "-m", spec, from, "-o", packed});
    out_of({"decompress", "-q", "--model", folder_.path(), packed, "-o", folder_ / "back"});
    EXPECT_EQ(read_file(folder_ / "back"), read_file(from)) << spec;
    std::filesystem::remove(packed);
    std::filesystem::remove(folder_ / "back");
  }
}

TEST_F(RecurrentModelOnTheCommandLine, TakesNoMoreMemoryForALongerText) {
  const auto peak_of = [&](std::size_t size) {
    const std::string path = folder_ / std::to_string(size);
    write_file(path, Bytes(size, 'a'));
    const ProcessResult result = run_zipdream({"generate", model(), "-f", path, "-n", "1", "-q"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return static_cast<double>(result.peak_bytes);
  };
  constexpr double kBytesOfAByte = 64;  // of the text in all its forms; of a cache it would be 1000
  EXPECT_LT(peak_of(60'000), peak_of(10'000) + 50'000 * kBytesOfAByte);
}

TEST_F(RecurrentModelOnTheCommandLine, GeneratesSamplesTogetherAndOnWithinATokenAndOnAnyThreads) {
  const auto generate = [&](const char* threads, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"generate", model(), "-p", "Alice and th", "-n", "40",
                                          "--seed",   "3",     "-t", threads,        "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return out_of(arguments);
  };
  const std::string text = generate("1", {});
  EXPECT_EQ(text.size(), 52U);
  EXPECT_EQ(generate("4", {}), text);
  EXPECT_NE(generate("1", {"--no-heal"}), text);
  generate("1", {"--samples", "3", "-o", folder_ / "a"});
  EXPECT_EQ(as_chars(read_file(folder_ / "a-1")), text);
  EXPECT_NE(as_chars(read_file(folder_ / "a-2")), text);
}

TEST_F(RecurrentModelOnTheCommandLine, IsToldApartByItsFacts) {
  const auto json = nlohmann::json::parse(out_of({"info", folder_.path(), "--json"}));
  const auto& facts = json.contains("files") ? json["files"][0] : json;
  EXPECT_EQ(facts["architecture"], "rwkv7");
  EXPECT_TRUE(facts["context_length"].is_null());
  EXPECT_THAT(out_of({"info", folder_.path()}), testing::ContainsRegex("context length +none"));
  EXPECT_EQ(facts["tokenizer"], "longest match of bytes, 263 tokens");
  EXPECT_EQ(facts["usable"], true);
  const ProcessResult refused =
      run_zipdream({"predict", "lm:" + folder_.path() + ":overlap=3", "-p", "a"});
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_THAT(refused.err, testing::HasSubstr("without windows; leave out overlap="));
}

TEST_F(ModelWithTokens, ReadsTheNamesOfControlTokensOnlyWhenAsked) {
  const std::string text = "<|user|> the";
  EXPECT_NE(predict(text), predict(text, {"--special"}));
  EXPECT_EQ(predict("the", {"--special"}), predict("the"));
  // It takes the space behind it, and the model begins with "<|endoftext|>" anyway.
  EXPECT_EQ(predict("<|user|>the", {"--special"}), predict(text, {"--special"}));
  EXPECT_EQ(predict("<|endoftext|><|user|>the", {"--special"}), predict(text, {"--special"}));
  EXPECT_NE(predict("the<|endoftext|>the", {"--special"}), predict("thethe", {"--special"}));
}

TEST_F(ModelWithTokens, IsSaidToHaveTheFormOfChatsThatItsFilesTell) {
  const auto chat = [&] {
    const ProcessResult result = run_zipdream({"info", folder_.path(), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const auto json = nlohmann::json::parse(result.out);
    const auto& facts = json.contains("files") ? json["files"][0] : json;
    return facts.value("chat", "none");
  };
  const auto put = [&](const char* name, const std::string& text) {
    write_file(folder_ / name, to_bytes(text));
  };
  const auto config = [&](const nlohmann::json& chat_template) {
    put("tokenizer_config.json", nlohmann::json{{"chat_template", chat_template}}.dump());
  };
  EXPECT_EQ(chat(), "none");
  config("{{'<|im_start|>' + m.role}}{{'<|im_end|>'}}");
  EXPECT_EQ(chat(), "ChatML");
  config({{{"name", "tool_use"}, {"template", "<|im_start|><|im_end|>"}},
          {{"name", "default"}, {"template", "<start_of_turn>user<end_of_turn>"}}});
  EXPECT_EQ(chat(), "Gemma");
  put("chat_template.jinja", "<|start_header_id|>x<|end_header_id|><|eot_id|>");
  EXPECT_EQ(chat(), "Llama 3");
  put("chat_template.jinja", "[INST]");
  EXPECT_EQ(chat(), "unknown");
}

TEST_F(ModelWithTokens, ReadsControlTokensInPromptsOfEveryCommandThatHasOne) {
  const std::string model = "lm:" + folder_.path();
  const auto generate = [&](const std::string& prompt, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"generate", model, "-p",     prompt, "-n",
                                          "30",       "-q",  "--seed", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out.substr(std::min(prompt.size(), result.out.size()));
  };
  EXPECT_EQ(generate("<|user|>the", {"--special"}), generate("<|user|> the", {"--special"}));
  EXPECT_NE(generate("<|user|>the", {}), generate("<|user|>the", {"--special"}));
  const auto score = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"score", model,      sample("text.txt"),
                                          "-p",    "<|user|>", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_zipdream(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out)["bits"].get<double>();
  };
  EXPECT_NE(score({}), score({"--special"}));
  expect_refusal({"predict", "gzip:9", "-p", "x", "--special"}, 2, {"--special", "lm:MODEL"});
}

TEST_F(ModelWithTokens, BeginsTextsWithWhatEndsThemWhereNothingBeginsThem) {
  vocabulary_["added_tokens"][0]["content"] = "</s>";  // which begins nothing
  write_tokenizer();
  const std::string begun = predict("the");
  EXPECT_EQ(predict("</s>the", {"--special"}), begun);
  vocabulary_["added_tokens"][0]["content"] = "<|nothing|>";
  write_tokenizer();
  EXPECT_NE(predict("the"), begun);
}

TEST_F(ModelWithTokens, GoesOnFromNothingWithItsFirstToken) {
  EXPECT_EQ(predict(""), predict("<|endoftext|>", {"--special"}));
  const ProcessResult result =
      run_zipdream({"generate", "lm:english-small", "-p", "", "-n", "20", "--seed", "1", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_GE(result.out.size(), 20U);
  expect_refusal({"compare", "lm:english-small", "gzip:9", "-p", "", "-q"}, 1, {"prompt is empty"});
}

TEST_F(ModelWithTokens, CutsWordsByAnyPatternAndRefusesOneThatTakesTooMuch) {
  vocabulary_["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"}, {"pattern", {{"Regex", "(t|tt)+x|h"}}}, {"behavior", "Isolated"}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
  write_tokenizer();
  static_cast<void>(predict("the"));
  expect_refusal({"predict", "lm:" + folder_.path(), "-p", std::string(3000, 't') + "yx"}, 1,
                 {"takes too much work"});
  vocabulary_["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(";
  write_tokenizer();
  expect_refusal({"predict", "lm:" + folder_.path(), "-p", "x"}, 1,
                 {"tokenizer.json: ", "the pattern '(' can't be compiled"});
}

}  // namespace
}  // namespace zipdream
