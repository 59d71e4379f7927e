// SPDX-License-Identifier: Apache-2.0
// Folders that hold no model, or one that is damaged or contradicts itself: one line that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "base/files.h"
#include "models/lm/load.h"
#include "models/lm/safetensors.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string load_error(const std::string& path) {
  try {
    static_cast<void>(load_lm(path));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string error_of(const TinyModel& model) {
  const TemporaryFolder folder;
  model.write(folder.path());
  return load_error(folder.path());
}

std::string error_of_file(const Bytes& file) {
  const TemporaryFolder folder;
  write_file(folder / "x.safetensors", file);
  try {
    const Safetensors parsed(folder / "x.safetensors");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ALanguageModel, NeedsAFolderWithAModel) {
  const TemporaryFolder folder;
  EXPECT_THAT(load_error(folder / "nothing"), HasSubstr("no such folder"));
  EXPECT_THAT(load_error(folder.path()), HasSubstr("no model is in it"));
  write_file(folder / "config.json", to_bytes(tiny_llama().config.dump()));
  EXPECT_THAT(load_error(folder.path()), HasSubstr("no model.safetensors"));
  write_file(folder / "pytorch_model.bin", to_bytes("a pickle"));
  EXPECT_THAT(load_error(folder.path()), HasSubstr("must be converted"));
}

TEST(ALanguageModel, OfAnotherArchitectureIsNamed) {
  TinyModel model = tiny_llama();
  model.config["model_type"] = "mamba";
  EXPECT_THAT(error_of(model), AllOf(HasSubstr("\"mamba\""), HasSubstr("llama, mistral, qwen2")));
  model.config.erase("model_type");
  EXPECT_THAT(error_of(model), HasSubstr("no \"model_type\""));
}

TEST(ALanguageModel, WithOptionsThatTheEngineLacksIsRefused) {
  TinyModel model = tiny_llama();
  model.config["hidden_act"] = "laplace";
  EXPECT_THAT(error_of(model), HasSubstr("\"hidden_act\" is \"laplace\""));
  model = tiny_gpt2();
  model.config["scale_attn_by_inverse_layer_idx"] = true;
  EXPECT_THAT(error_of(model), HasSubstr("scale_attn_by_inverse_layer_idx"));
}

TEST(ALanguageModel, WhoseConfigContradictsItsWeightsIsRefused) {
  for (const char* name :
       {"hidden_size", "intermediate_size", "num_key_value_heads", "vocab_size"}) {
    TinyModel model = tiny_llama();
    model.config[name] = model.config[name].get<int>() / 2;
    EXPECT_THAT(error_of(model), Not(testing::IsEmpty())) << name;
    model.config[name] = model.config[name].get<int>() * 4;
    EXPECT_THAT(error_of(model), Not(testing::IsEmpty())) << name;
  }
  TinyModel model = tiny_llama();
  model.config["num_hidden_layers"] = 3;
  EXPECT_THAT(error_of(model), HasSubstr("model.layers.2"));
  model.config["num_hidden_layers"] = 1;
  EXPECT_THAT(error_of(model), HasSubstr("no place for the tensor model.layers.1"));
  model.config["num_hidden_layers"] = 1'000'000;
  EXPECT_THAT(error_of(model), HasSubstr("bytes of weights"));
}

TEST(ALanguageModel, WithSizesThatMakeNoSenseIsRefused) {
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, nlohmann::json>>{{"hidden_size", 0},
                                                           {"hidden_size", -64},
                                                           {"hidden_size", 1e30},
                                                           {"hidden_size", "64"},
                                                           {"num_attention_heads", 0},
                                                           {"num_attention_heads", 3},
                                                           {"num_key_value_heads", 3},
                                                           {"max_position_embeddings", 1},
                                                           {"bos_token_id", 256},
                                                           {"rms_norm_eps", -1},
                                                           {"rope_theta", 0},
                                                           {"vocab_size", nullptr}}) {
    TinyModel model = tiny_llama();
    model.config[name] = value;
    EXPECT_THAT(error_of(model), HasSubstr("config.json: ")) << name << " " << value;
  }
}

TEST(ARecurrentModel, OfAnotherMakeIsRefused) {
  EXPECT_EQ(error_of(tiny_rwkv7()), "");
  const std::vector<std::pair<const char*, nlohmann::json>> others = {
      {"attn", {{"layers", {1}}, {"num_heads", 4}}},
      {"norm_first", false},
      {"norm_bias", false},
      {"hidden_act", "silu"},
      {"value_dim", {48, 96, 48}},
      {"head_dim", 24},
      {"head_dim", 32},
      {"head_dim", 0},
      {"decay_low_rank_dim", 0},
      {"gate_low_rank_dim", 1e9},
      {"norm_eps", 0}};
  for (const auto& [name, value] : others) {
    TinyModel model = tiny_rwkv7();
    model.config[name] = value;
    EXPECT_THAT(error_of(model), HasSubstr("config.json: ")) << name << " " << value;
  }
  for (const auto& [name, tensor] : tiny_rwkv7().tensors) {
    TinyModel model = tiny_rwkv7();
    model.tensors.erase(name);
    EXPECT_THAT(error_of(model), HasSubstr("is missing")) << name;
  }
  TinyModel model = tiny_rwkv7();
  model.config["num_hidden_layers"] = 2;
  EXPECT_THAT(error_of(model), HasSubstr("no place for the tensor model.layers.2"));
}

// What its config leaves out, and how older versions store what is shifted.
TEST(ARecurrentModel, MayBeOfAnOlderVersion) {
  TinyModel model = tiny_rwkv7();
  for (std::size_t i = 0; i < 3; ++i) {
    TinyTensor all{{6, 48}, {}};
    const std::string attention = "model.layers." + std::to_string(i) + ".attn.x_";
    for (const char* letter : {"r", "w", "k", "v", "a", "g"}) {
      const auto part = model.tensors.extract(attention + letter);
      all.values.insert(all.values.end(), part.mapped().values.begin(), part.mapped().values.end());
    }
    model.tensors[attention + "x"] = all;
  }
  model.config.erase("hidden_act");
  model.config.erase("norm_eps");
  const TemporaryFolder folder;
  const TemporaryFolder older;
  tiny_rwkv7().write(folder.path());
  model.write(older.path());
  const LoadedLm expected = load_lm(folder.path());
  const LoadedLm found = load_lm(older.path());
  const std::vector<Symbol> tokens = {1, 2, 3};
  LmState first(expected.model->config());
  LmState second(found.model->config());
  expected.model->read(tokens, first);
  found.model->read(tokens, second);
  EXPECT_EQ(expected.model->logits(first), found.model->logits(second));
}

TEST(ALanguageModel, WithANanIsRefused) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    TinyModel model = tiny_gpt2();
    model.tensors["h.1.ln_2.bias"].values[3] = bad;
    EXPECT_THAT(error_of(model), AllOf(HasSubstr("h.1.ln_2.bias"), HasSubstr("NaN")));
  }
}

TEST(ALanguageModel, WithoutAShardIsRefused) {
  const TemporaryFolder folder;
  const TinyModel model = tiny_llama();
  write_file(folder / "config.json", to_bytes(model.config.dump()));
  TinyTensors first = model.tensors;
  TinyTensors second;
  second.insert(first.extract("model.norm.weight"));
  nlohmann::json index = {{"metadata", {}}, {"weight_map", {}}};
  for (const auto& [name, tensor] : first) index["weight_map"][name] = "a.safetensors";
  index["weight_map"]["model.norm.weight"] = "b.safetensors";
  const auto write_index = [&] {
    write_file(folder / "model.safetensors.index.json", to_bytes(index.dump()));
  };
  write_index();
  write_file(folder / "a.safetensors", safetensors(first));
  EXPECT_THAT(load_error(folder.path()), HasSubstr("the shard b.safetensors is missing"));
  write_file(folder / "b.safetensors", safetensors(second));
  EXPECT_EQ(load_error(folder.path()), "");
  index["weight_map"]["another"] = "b.safetensors";
  write_index();
  EXPECT_THAT(load_error(folder.path()), HasSubstr("no shard has the tensor another"));
  index["weight_map"]["another"] = "../b.safetensors";
  write_index();
  EXPECT_THAT(load_error(folder.path()), HasSubstr("outside of the folder"));
}

TEST(ALanguageModel, WhoseTokenizerHasMoreTokensIsRefused) {
  const TemporaryFolder folder;
  tiny_llama().write(folder.path());
  write_file(folder / "tokenizer.json", to_bytes(byte_level_vocabulary({"a b"}).dump()));
  EXPECT_THAT(load_error(folder.path()), HasSubstr("258 tokens, but its model only 256"));
}

TEST(ALanguageModel, OfTokensNeedsATokenizer) {
  TinyModel model = tiny_llama(true);
  model.config["vocab_size"] = 320;
  TinyTensor& output = model.tensors["lm_head.weight"];
  output.shape[0] = 320;
  output.values.resize(320 * output.shape[1]);
  EXPECT_THAT(error_of(model), HasSubstr("has no tokenizer"));
}

TEST(ALanguageModel, OfLlama2cThatIsCutOrLiesIsRefused) {
  const TemporaryFolder folder;
  const Bytes whole = llama2c_file(tiny_llama(true));
  const auto error_of_bin = [&](const Bytes& file) {
    write_file(folder / "model.bin", file);
    return load_error(folder.path());
  };
  EXPECT_EQ(error_of_bin(whole), "");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{27}, std::size_t{28}, whole.size() / 2, whole.size() - 1}) {
    EXPECT_NE(error_of_bin(Bytes(whole.begin(), whole.begin() + static_cast<long>(size))), "");
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_THAT(error_of_bin(longer), HasSubstr("bytes follow"));
  for (std::size_t i = 0; i < 28; ++i) {
    Bytes lying = whole;
    lying[i] ^= 0x40;
    EXPECT_NE(error_of_bin(lying), "") << i;
  }
  Bytes nan = whole;
  for (std::size_t i = 100; i < 104; ++i) nan[i] = 0xFF;
  EXPECT_THAT(error_of_bin(nan), HasSubstr("NaN"));
}

TEST(Safetensors, ThatAreWholeAreRead) {
  const TemporaryFolder folder;
  write_file(folder / "x", safetensors({{"a", {{2, 3}, {1, 2, 3, 4, 5, 6}}}, {"b", {{}, {7}}}}));
  const Safetensors parsed(folder / "x");
  ASSERT_EQ(parsed.tensors().size(), 2U);
  EXPECT_EQ(parsed.tensors().at("a").shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(parsed.tensors().at("b").data.size(), 4U);
}

TEST(Safetensors, ThatAreCutAnywhereAreRefused) {
  const Bytes whole = safetensors({{"a", {{2, 2}, {1, 2, 3, 4}}}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_of_file(Bytes(whole.begin(), whole.begin() + static_cast<long>(size))), "");
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_THAT(error_of_file(longer), HasSubstr("bytes follow"));
}

TEST(Safetensors, ThatLieAreRefused) {
  const auto error_of_header = [](const std::string& tensors, std::size_t bytes) {
    return error_of_file(safetensors_with(tensors, bytes));
  };
  const std::string good = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";
  EXPECT_EQ(error_of_header("{\"a\":{" + good + "}}", 8), "");
  EXPECT_THAT(error_of_header("{\"a\":{" + good + "},\"a\":{" + good + "}}", 8),
              HasSubstr("a is in it twice"));
  EXPECT_THAT(error_of_header("{\"a\":{" + good + "},\"b\":{" + good + "}}", 8),
              HasSubstr("overlap"));
  for (const char* header :
       {"", "[]", "{", "{\"a\":1}", "{\"a\":{}}", "{\"a\":[]}",
        R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})",
        R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
        R"({"a":{"dtype":"F32","shape":[[[[[[2]]]]]],"data_offsets":[0,8]}})"}) {
    EXPECT_NE(error_of_header(header, 8), "") << header;
  }
  Bytes huge = safetensors_with("{}", 0);
  for (std::size_t i = 0; i < 8; ++i) huge[i] = 0xFF;
  EXPECT_THAT(error_of_file(huge), HasSubstr("announces a header"));
}

}  // namespace
}  // namespace zipdream
