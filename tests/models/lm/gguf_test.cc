// SPDX-License-Identifier: Apache-2.0
// GGUF files: the same model as the folder that it was made from, its tokenizer, and files that are
// cut, lie, or hold something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "base/files.h"
#include "models/lm/load.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/models/lm/tiny_gguf.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Not write_file(), which waits for the disk: tests write thousands.
LoadedLm load(const Bytes& file) {
  const TemporaryFolder folder;
  std::ofstream(folder / "x.gguf", std::ios::binary) << as_chars(file);
  return load_lm(folder / "x.gguf");
}

std::string error_of(const Bytes& file) {
  try {
    static_cast<void>(load(file));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<double> log2_probs_of(const LanguageModel& model) {
  std::vector<Symbol> tokens(40);
  std::iota(tokens.begin(), tokens.end(), 60U);
  std::vector<Symbol> all(256);
  std::iota(all.begin(), all.end(), 0U);
  LmState state(model.config());
  model.read(tokens, state);
  std::vector<double> log2_probs(256);
  model.log2_probs_of(model.logits(state).data(), all, log2_probs);
  return log2_probs;
}

TEST(Gguf, GivesTheSameBitsAsTheFolderItWasMadeFrom) {
  std::vector<TinyModel> models = {tiny_llama(), tiny_llama(true), tiny_gpt2(), tiny_gptneox(),
                                   tiny_rwkv7()};
  for (const char* type : {"qwen2", "qwen3", "gemma3_text", "smollm3", "olmo2", "phi3"}) {
    models.push_back(tiny_member(type));
  }
  for (TinyModel& model : models) {
    if (model.config["model_type"] == "gemma3_text") {  // what the format leaves to Gemma
      model.config["sliding_window_pattern"] = 6;
      model.config["query_pre_attn_scalar"] = model.config["head_dim"];
    }
    for (const char* type : {"F32", "F16", "BF16"}) {
      const TemporaryFolder folder;
      model.write(folder.path());
      write_file(folder / "model.safetensors", safetensors(model.tensors, type));
      const LoadedLm gguf = load(as_gguf(model, type).file());
      if (std::string(type) == "F32") {
        EXPECT_EQ(log2_probs_of(*gguf.model), log2_probs_of(*load_lm(folder.path()).model))
            << model.config;
        EXPECT_EQ(gguf.model->parameter_count(), load_lm(folder.path()).model->parameter_count());
      } else {
        const auto exact = log2_probs_of(*load_lm(folder.path()).model);
        const auto close = log2_probs_of(*gguf.model);
        for (std::size_t i = 0; i < exact.size(); ++i) ASSERT_NEAR(close[i], exact[i], 0.1);
      }
    }
  }
}

// As the values "tokenizer.ggml.*".
GgufWriter& put_byte_level(const nlohmann::json& vocabulary, GgufWriter& writer) {
  std::vector<std::string> tokens(vocabulary["model"]["vocab"].size() + 1);
  std::vector<std::int32_t> types(tokens.size(), 1);
  for (const auto& [name, id] : vocabulary["model"]["vocab"].items()) {
    tokens[id.get<std::size_t>()] = name;
  }
  tokens.back() = "<|endoftext|>";
  types.back() = 3;
  return writer.text("tokenizer.ggml.model", "gpt2")
      .text("tokenizer.ggml.pre", "gpt-2")
      .texts("tokenizer.ggml.tokens", tokens)
      .i32s("tokenizer.ggml.token_type", types)
      .texts("tokenizer.ggml.merges", vocabulary["model"]["merges"]);
}

// A model of as many tokens as the vocabulary has.
TinyModel llama_of(std::size_t tokens) {
  TinyModel model = tiny_llama(true);
  TinyTensor& output = model.tensors["lm_head.weight"];
  output.shape[0] = tokens;
  output.values.resize(tokens * output.shape[1], 0.01F);
  model.config["vocab_size"] = tokens;
  return model;
}

TEST(Gguf, HasTheTokenizerOfItsValues) {
  const nlohmann::json vocabulary = byte_level_vocabulary({"t h", "th e", "\xc4\xa0 the", "l l"});
  GgufWriter writer = as_gguf(llama_of(261), "F32");
  const LoadedLm loaded = load(put_byte_level(vocabulary, writer).file());
  const auto expected = load_json(vocabulary);
  ASSERT_NE(loaded.tokenizer, nullptr);
  for (const char* text : {"the llama", " the  theth\n", "it's 1234\xff", ""}) {
    EXPECT_EQ(loaded.tokenizer->encode(to_bytes(text)), expected->encode(to_bytes(text))) << text;
  }
  EXPECT_TRUE(loaded.tokenizer->bytes_of(260).empty());
  EXPECT_EQ(loaded.tokenizer->find("<|endoftext|>"), std::optional<Symbol>(260));
}

// SentencePiece's: scores instead of merges, spaces marked, bytes by their names.
GgufWriter& put_space_marks(bool prefix, GgufWriter& writer) {
  std::vector<std::string> tokens = {"<unk>", "<s>", "</s>"};
  std::vector<std::int32_t> types = {2, 3, 3};
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    tokens.push_back(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">");
    types.push_back(6);
  }
  for (const char* piece : {"\xe2\x96\x81", "t", "h", "e", "he", "th", "the", "\xe2\x96\x81the"}) {
    tokens.emplace_back(piece);
    types.push_back(1);
  }
  std::vector<float> scores(tokens.size(), 0);
  for (std::size_t i = 259; i < scores.size(); ++i) scores[i] = 259 - static_cast<float>(i);
  scores[tokens.size() - 4] = -20;  // "he" after "th"
  return writer.text("tokenizer.ggml.model", "llama")
      .texts("tokenizer.ggml.tokens", tokens)
      .f32s("tokenizer.ggml.scores", scores)
      .i32s("tokenizer.ggml.token_type", types)
      .u32("tokenizer.ggml.eos_token_id", 2)
      .flag("tokenizer.ggml.add_space_prefix", prefix);
}

TEST(Gguf, HasATokenizerOfSentencePiece) {
  GgufWriter writer = as_gguf(llama_of(267), "F32");
  const LoadedLm loaded = load(put_space_marks(true, writer).file());
  ASSERT_NE(loaded.tokenizer, nullptr);
  EXPECT_EQ(loaded.begin_of_text, std::optional<Symbol>(1));
  EXPECT_EQ(loaded.tokenizer->end_of_text(), std::optional<Symbol>(2));
  EXPECT_EQ(loaded.tokenizer->encode(to_bytes("the the")), (std::vector<Symbol>{266, 266}));
  EXPECT_EQ(loaded.tokenizer->encode(to_bytes("x")), (std::vector<Symbol>{259, 3 + 'x'}));
  GgufWriter bare = as_gguf(llama_of(267), "F32");
  EXPECT_EQ(load(put_space_marks(false, bare).file()).tokenizer->encode(to_bytes("the")),
            (std::vector<Symbol>{265}));
}

// RWKV's: byte strings as Python writes them, and ids that are left out.
GgufWriter& put_rwkv(const std::vector<std::string>& pieces, GgufWriter& writer) {
  std::vector<std::string> names = rwkv_names(pieces);
  std::vector<std::int32_t> types(names.size(), 1);
  types[0] = 3;
  for (names.emplace_back("[PAD1]"); names.size() < 300; names.push_back(names.back() + "1")) {
    types.push_back(5);
  }
  types.push_back(5);
  return writer.text("tokenizer.ggml.model", "rwkv")
      .texts("tokenizer.ggml.tokens", names)
      .i32s("tokenizer.ggml.token_type", types)
      .u32("tokenizer.ggml.eos_token_id", 0);
}

TEST(Gguf, HasATokenizerOfRwkvAsItsFolderHas) {
  const std::vector<std::string> pieces = {" the", "\xe6\x97", "it's", "a\\b", "\n\n"};
  const TinyModel model = with_more_tokens(tiny_rwkv7());
  GgufWriter writer = as_gguf(model, "F32");
  const LoadedLm gguf = load(put_rwkv(pieces, writer).file());
  const TemporaryFolder folder;
  model.write(folder.path());
  write_file(folder / "rwkv_vocab_v20230424.txt", to_bytes(rwkv_file(pieces)));
  const LoadedLm expected = load_lm(folder.path());
  for (const char* text : {"it's the a\\b\n\n\n", "\xe6\x97\xa5 the the[PAD1]<s>", ""}) {
    EXPECT_EQ(gguf.tokenizer->encode(to_bytes(text)), expected.tokenizer->encode(to_bytes(text)));
  }
  EXPECT_EQ(gguf.tokenizer->encode(to_bytes(" the")), std::vector<Symbol>{257});
  EXPECT_EQ(gguf.tokenizer->encode_special(to_bytes("<s> the"), true),
            (std::vector<Symbol>{0, 257}));
  EXPECT_TRUE(gguf.tokenizer->bytes_of(299).empty());
  EXPECT_EQ(gguf.begin_of_text, std::optional<Symbol>(0));
  EXPECT_EQ(expected.begin_of_text, std::optional<Symbol>(0));
  EXPECT_EQ(log2_probs_of(*gguf.model), log2_probs_of(*expected.model));
}

TEST(Gguf, WithATokenThatIsNoLiteralOfPythonIsRefused) {
  for (const char* name : {"\\x0", "\\xgg", "a\\", "\\q"}) {
    GgufWriter writer = as_gguf(tiny_rwkv7(), "F32");
    std::vector<std::string> names(256, "a");
    names[7] = name;
    writer.text("tokenizer.ggml.model", "rwkv").texts("tokenizer.ggml.tokens", names);
    EXPECT_THAT(error_of(writer.file()), HasSubstr("the token 7")) << name;
  }
}

TEST(Gguf, WhoseWordsAreCutInAnUnknownWayHasTheTokenizerJsonThatItHolds) {
  const nlohmann::json vocabulary = byte_level_vocabulary({"t h", "th e"});
  GgufWriter writer = as_gguf(llama_of(259), "F32");
  put_byte_level(vocabulary, writer);
  const auto named = [&](const char* pre) {
    GgufWriter other = as_gguf(llama_of(259), "F32");
    std::vector<std::string> tokens(259);
    for (const auto& [name, id] : vocabulary["model"]["vocab"].items()) tokens[id] = name;
    tokens.back() = "<|endoftext|>";
    other.text("tokenizer.ggml.model", "gpt2")
        .texts("tokenizer.ggml.tokens", tokens)
        .texts("tokenizer.ggml.merges", vocabulary["model"]["merges"]);
    if (pre != nullptr) other.text("tokenizer.ggml.pre", pre);
    return other;
  };
  const Bytes text = to_bytes("the 12345 theth");
  const auto expected = load(writer.file()).tokenizer->encode(text);
  EXPECT_EQ(load(named("no-such").text("tokenizer.huggingface.json", vocabulary.dump()).file())
                .tokenizer->encode(text),
            expected);
  EXPECT_EQ(decode(*load(named(nullptr).file()).tokenizer,
                   load(named(nullptr).file()).tokenizer->encode(text)),
            text);
  for (const char* pre : {"gpt-4o", "tekken", "deepseek-v3", "llama-bpe"}) {
    EXPECT_EQ(
        decode(*load(named(pre).file()).tokenizer, load(named(pre).file()).tokenizer->encode(text)),
        text);
  }
}

TEST(Gguf, IsAModelLikeOthers) {
  const TemporaryFolder folder;
  GgufWriter writer = as_gguf(llama_of(267), "F16");
  write_file(folder / "a model.gguf", put_space_marks(true, writer).file());
  const auto predictor = make_predictor("lm:\"" + folder / "a model.gguf" + "\"", {});
  EXPECT_EQ(predictor->alphabet_size(), 266U);  // all but "<unk>"
  predictor->observe(to_bytes("then the"));
  EXPECT_EQ(predictor->log2_probs().size(), 266U);
}

TEST(Gguf, OfWordsThatAreCutInUnknownWaysIsRefusedByName) {
  const auto error_with = [](const char* key, const char* value) {
    GgufWriter writer = as_gguf(llama_of(257), "F32");
    writer.texts("tokenizer.ggml.tokens", std::vector<std::string>(257, "x")).text(key, value);
    return error_of(writer.file());
  };
  EXPECT_THAT(error_with("tokenizer.ggml.model", "bert"),
              AllOf(HasSubstr("\"bert\""), HasSubstr("\"gpt2\" (BPE)")));
  GgufWriter writer = as_gguf(llama_of(257), "F32");
  writer.text("tokenizer.ggml.model", "gpt2")
      .text("tokenizer.ggml.pre", "no-such")
      .texts("tokenizer.ggml.tokens", std::vector<std::string>(257, "x"));
  EXPECT_THAT(error_of(writer.file()), AllOf(HasSubstr("\"no-such\""), HasSubstr("llama-bpe")));
}

// ---- rotary positions ----

TEST(Gguf, HasFactorsOfRotaryPositionsAsTensors) {
  TinyModel model = tiny_llama();
  model.config["rope_scaling"] = {{"rope_type", "llama3"},
                                  {"factor", 8.0},
                                  {"low_freq_factor", 1.0},
                                  {"high_freq_factor", 4.0},
                                  {"original_max_position_embeddings", 40}};
  const TemporaryFolder folder;
  model.write(folder.path());
  const LoadedLm expected = load_lm(folder.path());
  GgufWriter writer = as_gguf(model, "F32");
  writer.floats("rope_freqs.weight", {{8}, expected.model->config().rope.divisors}, "F32");
  EXPECT_EQ(log2_probs_of(*load(writer.file()).model), log2_probs_of(*expected.model));
}

TEST(Gguf, ScalesRotaryPositionsAsItsValuesSay) {
  for (const char* type : {"linear", "yarn"}) {
    TinyModel model = tiny_llama();
    model.config["rope_scaling"] = {
        {"type", type}, {"factor", 4.0}, {"original_max_position_embeddings", 24}};
    const TemporaryFolder folder;
    model.write(folder.path());
    GgufWriter writer = as_gguf(model, "F32");
    writer.text("llama.rope.scaling.type", type)
        .f32("llama.rope.scaling.factor", 4)
        .u32("llama.rope.scaling.original_context_length", 24);
    EXPECT_EQ(log2_probs_of(*load(writer.file()).model),
              log2_probs_of(*load_lm(folder.path()).model));
  }
  GgufWriter writer = as_gguf(tiny_llama(), "F32");
  writer.text("llama.rope.scaling.type", "mystery").f32("llama.rope.scaling.factor", 4);
  EXPECT_THAT(error_of(writer.file()), HasSubstr("\"mystery\""));
}

// ---- split models ----

// Three parts, each with a third of the tensors.
struct SplitModel {
  explicit SplitModel(const TemporaryFolder& folder) {
    const TinyModel model = tiny_llama(true);
    whole = as_gguf(model, "F32").file();
    for (std::uint32_t part = 0; part < 3; ++part) {
      TinyModel some = model;
      std::size_t index = 0;
      for (const auto& [name, tensor] : model.tensors) {
        if (index++ % 3 != part) some.tensors.erase(name);
      }
      GgufWriter writer = as_gguf(some, "F32");
      writer.u32("split.no", part)
          .u32("split.count", 3)
          .u32("split.tensors.count", static_cast<std::uint32_t>(model.tensors.size()));
      write_file(folder / name(part), writer.file());
    }
  }

  static std::string name(std::size_t part) {
    return "m-0000" + std::to_string(part + 1) + "-of-00003.gguf";
  }

  Bytes whole;
};

std::string error_of_path(const std::string& path) {
  try {
    static_cast<void>(load_lm(path));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ASplitGguf, IsOneModelByTheNameOfAnyPart) {
  const TemporaryFolder folder;
  const SplitModel split(folder);
  const std::vector<double> expected = log2_probs_of(*load(split.whole).model);
  for (std::size_t part = 0; part < 3; ++part) {
    EXPECT_EQ(log2_probs_of(*load_lm(folder / SplitModel::name(part)).model), expected);
  }
}

TEST(ASplitGguf, WithoutAPartIsRefusedByThePartsName) {
  const TemporaryFolder folder;
  const SplitModel split(folder);
  std::filesystem::remove(folder / SplitModel::name(1));
  EXPECT_THAT(error_of_path(folder / SplitModel::name(0)),
              AllOf(HasSubstr("m-00002-of-00003.gguf"), HasSubstr("missing; fetch it too")));
  std::filesystem::copy(folder / SplitModel::name(2), folder / SplitModel::name(1));
  EXPECT_THAT(error_of_path(folder / SplitModel::name(0)), HasSubstr("another part than its name"));
  std::filesystem::rename(folder / SplitModel::name(0), folder / "other.gguf");
  EXPECT_THAT(error_of_path(folder / "other.gguf"), HasSubstr("must end in"));
}

// ---- bad files ----

TEST(AGguf, ThatIsCutAnywhereIsRefused) {
  const Bytes whole = as_gguf(tiny_llama(true, 8), "F32").file();
  for (std::size_t size = 0; size < whole.size(); size += size < 1500 ? 1 : 397) {
    EXPECT_NE(error_of(Bytes(whole.begin(), whole.begin() + static_cast<long>(size))), "") << size;
  }
  EXPECT_EQ(error_of(whole), "");
}

TEST(AGguf, WithDamagedBytesIsRefusedOrAModel) {
  const Bytes whole = as_gguf(tiny_llama(true, 8), "F32").file();
  for (std::size_t i = 0; i < 3000; i += 3) {
    Bytes damaged = whole;
    damaged[i] ^= static_cast<Byte>(1 + i % 255);
    EXPECT_EQ(error_of(damaged).find('\n'), std::string::npos) << i;
  }
}

TEST(AGguf, ThatAnnouncesTooMuchIsRefusedAtOnce) {
  const GgufWriter writer = as_gguf(tiny_llama(true, 8), "F32");
  EXPECT_THAT(error_of(writer.file(std::uint64_t{1} << 60)), HasSubstr("tensors; is the file"));
  EXPECT_THAT(error_of(writer.file(0, std::uint64_t{1} << 60)), HasSubstr("values; is the file"));
  const Bytes huge(8, 0x7F);
  GgufWriter text = writer;
  EXPECT_THAT(error_of(text.raw("a", 8, huge).file()), HasSubstr("announces a text"));
  for (const Byte type : {Byte{0}, Byte{8}, Byte{9}, Byte{12}}) {
    GgufWriter list = writer;
    const Bytes of_type = {type, 0, 0, 0};
    EXPECT_THAT(error_of(list.raw("a", 9, concat(of_type, huge)).file()),
                HasSubstr("the list a announces"));
  }
  GgufWriter shape = writer;
  shape.tensor("a", {std::size_t{1} << 40, std::size_t{1} << 40}, 0, Bytes(32));
  EXPECT_THAT(error_of(shape.file()), HasSubstr("the tensor a does not lie in it"));
  GgufWriter layers = as_gguf(tiny_llama(true, 8), "F32");
  TinyModel many = tiny_llama(true, 8);
  many.config["num_hidden_layers"] = 1'000'000;
  EXPECT_THAT(error_of(as_gguf(many, "F32").file()), HasSubstr("bytes of weights"));
}

TEST(AGguf, WithListsInListsWithoutEndIsRefused) {
  Bytes nested;
  for (int depth = 0; depth < 1000; ++depth) {
    nested.push_back(9);  // a list
    nested.insert(nested.end(), 3, 0);
    nested.push_back(1);  // of one item
    nested.insert(nested.end(), 7, 0);
  }
  GgufWriter writer;
  EXPECT_THAT(error_of(writer.raw("a", 9, nested).file()), HasSubstr("nested too deep"));
}

TEST(AGguf, WhoseTensorsLieElsewhereIsRefused) {
  const auto error_with = [](std::int64_t place, std::size_t size, std::uint32_t type) {
    GgufWriter writer = as_gguf(tiny_llama(true, 8), "F32");
    writer.tensor("a", {size}, type, Bytes(4 * size), place);
    return error_of(writer.file());
  };
  EXPECT_THAT(error_with(0, 8, 0), HasSubstr("overlap"));
  EXPECT_THAT(error_with(std::int64_t{1} << 40, 8, 0), HasSubstr("does not lie in it"));
  EXPECT_THAT(error_with(1, 8, 0), HasSubstr("does not lie in it"));  // not aligned
  EXPECT_THAT(error_with(-1, 8, 0), HasSubstr("has no place for the tensor a"));
  EXPECT_THAT(error_with(-1, 8, 2), HasSubstr("does not lie in it"));  // no whole block
}

TEST(AGguf, WithSomethingTwiceIsRefused) {
  GgufWriter writer = as_gguf(tiny_llama(true, 8), "F32");
  EXPECT_THAT(error_of(writer.u32("llama.block_count", 2).file()), HasSubstr("is in it twice"));
  GgufWriter tensors = as_gguf(tiny_llama(true, 8), "F32");
  EXPECT_THAT(error_of(tensors.tensor("output_norm.weight", {8}, 0, Bytes(32)).file()),
              HasSubstr("output_norm.weight is in it twice"));
}

TEST(AGguf, OfAnUnknownTypeIsRefusedByItsName) {
  for (const auto& [number, name] : {std::pair(16U, "IQ2_XXS"), std::pair(10U, "Q2_K"),
                                     std::pair(39U, "MXFP4"), std::pair(999U, "number 999")}) {
    GgufWriter writer = as_gguf(tiny_llama(true, 8), "F32");
    writer.tensor("a", {256}, number, Bytes(1024));
    EXPECT_THAT(error_of(writer.file()), AllOf(HasSubstr(name), HasSubstr("Q4_K, Q5_K, Q6_K")));
  }
}

TEST(AGguf, ThatIsNoLanguageModelIsRefusedByItsKind) {
  EXPECT_THAT(error_of(GgufWriter().text("general.architecture", "mamba").file()),
              AllOf(HasSubstr("\"mamba\""), HasSubstr("llama, qwen2, qwen3, gemma3")));
  EXPECT_THAT(error_of(GgufWriter().text("general.architecture", "clip").file()),
              HasSubstr("mmproj"));
  EXPECT_THAT(error_of(GgufWriter()
                           .text("general.architecture", "llama")
                           .text("general.type", "adapter")
                           .text("adapter.type", "lora")
                           .file()),
              AllOf(HasSubstr("adapter (lora)"), HasSubstr("merge it into the model")));
  EXPECT_THAT(error_of(GgufWriter().text("general.type", "imatrix").file()),
              HasSubstr("\"imatrix\""));
  EXPECT_THAT(error_of(GgufWriter().file()), HasSubstr("architecture \"\""));
}

TEST(AGguf, HasItsNamesInErrorsOnOneLine) {
  const std::string name = "a\n\x1B[2J";
  EXPECT_THAT(error_of(GgufWriter().text("general.architecture", name).file()),
              HasSubstr(R"(\x0A\x1B[2J)"));
  EXPECT_THAT(error_of(GgufWriter().u32(name, 1).u32(name, 2).file()), HasSubstr(R"(\x0A\x1B[2J)"));
  GgufWriter writer = as_gguf(tiny_llama(true, 8), "F32");
  EXPECT_THAT(error_of(writer.tensor(name, {8}, 0, Bytes(32)).file()),
              HasSubstr(R"('a\x0A\x1B[2J')"));
}

TEST(AGguf, OfAnotherVersionIsRefused) {
  const GgufWriter writer = as_gguf(tiny_llama(true, 8), "F32");
  EXPECT_EQ(error_of(writer.file(0, 0, 2)), "");
  EXPECT_THAT(error_of(writer.file(0, 0, 1)), HasSubstr("of version 1; 2 and 3 are read"));
  EXPECT_THAT(error_of(writer.file(0, 0, 0x03000000)), HasSubstr("big-endian"));
}

TEST(AGguf, WhoseValuesContradictItsTensorsIsRefused) {
  TinyModel model = tiny_llama();
  model.config["vocab_size"] = 257;
  EXPECT_THAT(error_of(as_gguf(model, "F32").file()),
              AllOf(HasSubstr("is [256, 64], but by its values [257, 64]")));
  GgufWriter tokens = as_gguf(tiny_llama(), "F32");
  EXPECT_THAT(error_of(put_byte_level(byte_level_vocabulary({"t h"}), tokens).file()),
              HasSubstr("but by its values [258, 64]"));
  model = tiny_llama();
  model.config["bos_token_id"] = 5000;
  EXPECT_THAT(error_of(as_gguf(model, "F32").file()), HasSubstr("token 5000"));
}

// Of each of a layer's tensors: missing, of another size, not a number.
TEST(ARecurrentGguf, WhoseTensorsOrValuesAreNotWhatTheyShouldBeIsRefused) {
  const TinyModel good = tiny_rwkv7(16);
  EXPECT_EQ(error_of(as_gguf(good, "F32").file()), "");
  for (const auto& [name, tensor] : good.tensors) {
    TinyModel model = good;
    model.tensors.erase(name);
    if (name != "lm_head.weight") {  // which may be the embedding
      EXPECT_THAT(error_of(as_gguf(model, "F32").file()), HasSubstr("is missing")) << name;
    }
    model = good;
    model.tensors[name].shape.back() += 1;
    model.tensors[name].values.resize(2 * tensor.values.size(), 0.5F);
    std::size_t count = 1;
    for (const std::size_t size : model.tensors[name].shape) count *= size;
    model.tensors[name].values.resize(count, 0.5F);
    EXPECT_THAT(error_of(as_gguf(model, "F32").file()), HasSubstr("but by its values")) << name;
    model = good;
    model.tensors[name].values[3] = std::nanf("");
    EXPECT_THAT(error_of(as_gguf(model, "F32").file()), HasSubstr("NaN")) << name;
  }
  for (const char* key : {"head_dim", "decay_low_rank_dim", "a_low_rank_dim", "v_low_rank_dim",
                          "gate_low_rank_dim", "intermediate_size", "num_hidden_layers"}) {
    for (const std::uint32_t value : {0U, 1U, 24U, 100'000U, 0xFFFFFFFFU}) {
      TinyModel model = good;
      model.config[key] = value;
      EXPECT_NE(error_of(as_gguf(model, "F32").file()), "") << key << " " << value;
    }
  }
  GgufWriter shifts = as_gguf(good, "F32");
  EXPECT_THAT(error_of(shifts.u32("rwkv7.token_shift_count", 1).file()),
              HasSubstr("token_shift_count\" is 1"));
  EXPECT_THAT(error_of(GgufWriter().text("general.architecture", "arwkv7").file()),
              AllOf(HasSubstr("\"arwkv7\""), HasSubstr("rwkv7")));
}

TEST(AGguf, WithScalesThatAreNoNumbersIsRefused) {
  for (const char* type : {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"}) {
    const bool last = std::string(type) == "Q6_K";
    GgufWriter writer = quantized_llama(type);
    Bytes block(GgufWriter::type(type).bytes);
    block[last ? 209 : 1] = 0x7E;  // a NaN
    writer.tensor("output.weight", {256, 256}, GgufWriter::type(type).number, [&] {
      Bytes rows = random_blocks(type, 65536 / GgufWriter::type(type).weights, 3);
      std::copy(block.begin(), block.end(), rows.begin());
      return rows;
    }());
    EXPECT_THAT(error_of(writer.file()), AllOf(HasSubstr("output.weight"), HasSubstr("NaN")));
  }
}

}  // namespace
}  // namespace zipdream
