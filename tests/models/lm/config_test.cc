// SPDX-License-Identifier: Apache-2.0
// Folders say what they mean, in the spellings of old and new programs: what the engine computes is
// held against plain_transformer.h, which computes what transformers does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "base/files.h"
#include "models/lm/load.h"
#include "tests/models/lm/plain_transformer.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

// Far from the beginning, where rotations differ most.
std::vector<Symbol> some_tokens() {
  std::vector<Symbol> tokens(60);
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<Symbol>(i * 37 % 256);
  return tokens;
}

std::vector<double> log2_probs_of(const LanguageModel& model) {
  std::vector<Symbol> all(256);
  std::iota(all.begin(), all.end(), 0U);
  LmState state(model.config());
  model.read(some_tokens(), state);
  std::vector<double> log2_probs(256);
  model.log2_probs_of(model.logits(state).data(), all, log2_probs);
  return log2_probs;
}

std::vector<double> engine_log2_probs(const TinyModel& tiny, const std::string& type = "F32") {
  const TemporaryFolder folder;
  tiny.write(folder.path());
  write_file(folder / "model.safetensors", safetensors(tiny.tensors, type));
  return log2_probs_of(*load_lm(folder.path()).model);
}

void expect_as_plain(const TinyModel& tiny) {
  const std::vector<double> engine = engine_log2_probs(tiny);
  const std::vector<double> plain = plain_log2_probs(tiny, some_tokens());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    ASSERT_NEAR(engine[i], plain[i], 2e-4) << tiny.config;
  }
}

std::string error_of(const TinyModel& model) {
  const TemporaryFolder folder;
  model.write(folder.path());
  try {
    static_cast<void>(load_lm(folder.path()));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TinyModel llama_with(const std::vector<std::pair<std::string, Json>>& fields) {
  TinyModel model = tiny_llama();
  for (const auto& [name, value] : fields) model.config[name] = value;
  return model;
}

std::vector<double> factors(double first) {
  std::vector<double> list;  // of the 8 frequencies of tiny_llama()
  for (int i = 0; i < 8; ++i) list.push_back(first + 0.25 * i);
  return list;
}

const Json kLlama3 = {{"rope_type", "llama3"},
                      {"factor", 8.0},
                      {"low_freq_factor", 1.0},
                      {"high_freq_factor", 4.0},
                      {"original_max_position_embeddings", 40}};

TEST(RopeScaling, OfEveryTypeIsWhatTransformersDoes) {
  const Json linear = {{"type", "linear"}, {"factor", 4.0}};
  const Json dynamic = {{"type", "dynamic"}, {"factor", 2.0}};
  const Json yarn = {
      {"rope_type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 24}};
  for (const Json& scaling : {linear, dynamic, kLlama3, yarn}) {
    expect_as_plain(llama_with({{"rope_scaling", scaling}}));
  }
  EXPECT_EQ(engine_log2_probs(llama_with({{"rope_scaling", dynamic}})),
            engine_log2_probs(tiny_llama()));
  EXPECT_NE(engine_log2_probs(llama_with({{"rope_scaling", linear}})),
            engine_log2_probs(tiny_llama()));
}

// It has two sets of factors; those for texts up to the original length count, and the context is
// that length.
TEST(RopeScaling, LongropeHasTheContextThatItsShortFactorsAreFor) {
  for (const char* type : {"longrope", "su"}) {
    TinyModel model =
        llama_with({{"max_position_embeddings", 960},
                    {"original_max_position_embeddings", 64},
                    {"rope_scaling",
                     {{"type", type}, {"short_factor", factors(1)}, {"long_factor", factors(9)}}}});
    const TemporaryFolder folder;
    model.write(folder.path());
    EXPECT_EQ(load_lm(folder.path()).model->config().context_length, 64U);
    model.config["rope_scaling"]["type"] = "longrope";
    expect_as_plain(model);
  }
}

TEST(RopeParameters, MeanWhatTheOlderSpellingDoes) {
  const auto newer = [](Json parameters) { return llama_with({{"rope_parameters", parameters}}); };
  const std::vector<double> theta = engine_log2_probs(llama_with({{"rope_theta", 500000.0}}));
  EXPECT_NE(theta, engine_log2_probs(tiny_llama()));
  EXPECT_EQ(engine_log2_probs(newer({{"rope_theta", 500000.0}, {"rope_type", "default"}})), theta);
  EXPECT_EQ(engine_log2_probs(newer({{"rope_theta", 500000}})), theta);
  EXPECT_EQ(engine_log2_probs(
                newer({{"full_attention", {{"rope_theta", 500000}, {"rope_type", "default"}}},
                       {"sliding_attention", {{"rope_theta", 7}, {"rope_type", "default"}}}})),
            theta);
  Json llama3 = kLlama3;
  llama3["rope_theta"] = 500000;
  EXPECT_EQ(engine_log2_probs(newer(llama3)),
            engine_log2_probs(llama_with({{"rope_theta", 500000}, {"rope_scaling", kLlama3}})));
  EXPECT_EQ(engine_log2_probs(newer(Json::object())), engine_log2_probs(tiny_llama()));
  EXPECT_EQ(engine_log2_probs(newer(nullptr)), engine_log2_probs(tiny_llama()));
}

TEST(RopeParameters, OfEachKindOfLayersAreTheirOwn) {
  TinyModel model = tiny_member("gemma3_text");
  model.config["rope_parameters"] = {
      {"full_attention", {{"rope_theta", 20000.0}, {"rope_type", "linear"}, {"factor", 2.0}}},
      {"sliding_attention", {{"rope_theta", 500.0}, {"rope_type", "default"}}}};
  expect_as_plain(model);
  TinyModel older = tiny_member("gemma3_text");
  older.config["rope_theta"] = 20000;
  older.config["rope_local_base_freq"] = 500;
  older.config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 2.0}};
  expect_as_plain(older);
  EXPECT_EQ(engine_log2_probs(older), engine_log2_probs(model));
}

TEST(RopeParameters, OfUnknownTypesAreRefusedByName) {
  for (const char* object : {"rope_scaling", "rope_parameters"}) {
    for (const char* key : {"type", "rope_type"}) {
      EXPECT_THAT(error_of(llama_with({{object, {{key, "mrope"}}}})),
                  AllOf(HasSubstr("\"mrope\""), HasSubstr("linear, dynamic, yarn")));
    }
  }
}

TEST(RopeParameters, ThatAreNoObjectAreRefused) {
  for (const char* object : {"rope_scaling", "rope_parameters"}) {
    for (const Json& value : {Json("linear"), Json(2.0), Json::array(), Json(true)}) {
      EXPECT_THAT(error_of(llama_with({{object, value}})), HasSubstr("must be an object"));
    }
    EXPECT_EQ(error_of(llama_with({{object, nullptr}})), "");
  }
}

TEST(RopeParameters, ThatMakeNoSenseAreRefused) {
  const auto error_with = [](const char* field, const Json& value) {
    Json scaling = kLlama3;
    scaling[field] = value;
    return error_of(llama_with({{"rope_scaling", scaling}}));
  };
  EXPECT_EQ(error_with("factor", 8), "");
  EXPECT_THAT(error_with("factor", nullptr), HasSubstr("\"rope_scaling.factor\" is missing"));
  EXPECT_THAT(error_with("factor", 0.5), HasSubstr("\"rope_scaling.factor\" can't be 0.5"));
  EXPECT_THAT(error_with("factor", "8"), HasSubstr("must be a number"));
  EXPECT_THAT(error_with("low_freq_factor", 0), HasSubstr("low_freq_factor"));
  EXPECT_THAT(error_with("high_freq_factor", 1), HasSubstr("high_freq_factor"));
  EXPECT_THAT(error_with("original_max_position_embeddings", -1), HasSubstr("can't be -1"));
  EXPECT_THAT(error_with("rope_theta", 0), HasSubstr("\"rope_theta\" must be 1 to 1e12"));
  EXPECT_THAT(error_of(llama_with({{"rope_scaling", {{"type", "longrope"}}}})),
              HasSubstr("short_factor\" is missing"));
  EXPECT_THAT(
      error_of(llama_with({{"rope_scaling", {{"type", "longrope"}, {"short_factor", {1, 2, 3}}}}})),
      HasSubstr("3 factors for the 8 frequencies"));
  EXPECT_THAT(
      error_of(llama_with(
          {{"rope_scaling", {{"type", "longrope"}, {"short_factor", Json(std::vector(8, 0.0))}}}})),
      HasSubstr("0 is no factor"));
  EXPECT_THAT(error_of(llama_with({{"partial_rotary_factor", 1.5}})), HasSubstr("can't be 1.5"));
}

TEST(RopeParameters, ThatContradictEachOtherAreRefused) {
  const Json other = {{"rope_type", "linear"}, {"factor", 2.0}};
  EXPECT_THAT(error_of(llama_with({{"rope_scaling", kLlama3}, {"rope_parameters", other}})),
              HasSubstr("contradict each other"));
  EXPECT_EQ(error_of(llama_with({{"rope_scaling", kLlama3}, {"rope_parameters", kLlama3}})), "");
}

TEST(AnActivation, IsTakenByAnyOfItsNames) {
  const auto probs = [](const char* name) {
    return engine_log2_probs(llama_with({{"hidden_act", name}}));
  };
  for (const char* name : {"silu", "gelu", "gelu_new", "relu"}) {
    expect_as_plain(llama_with({{"hidden_act", name}}));
  }
  EXPECT_EQ(probs("gelu_pytorch_tanh"), probs("gelu_new"));
  EXPECT_EQ(probs("swish"), probs("silu"));
  EXPECT_NE(probs("gelu"), probs("gelu_new"));
  for (const char* name : {"gelu", "relu", "gelu_new"}) {
    TinyModel gpt2 = tiny_gpt2();
    gpt2.config["activation_function"] = name;
    EXPECT_EQ(error_of(gpt2), "");
  }
  EXPECT_THAT(error_of(llama_with({{"hidden_act", "quick_gelu"}})),
              AllOf(HasSubstr("\"hidden_act\" is \"quick_gelu\""), HasSubstr("gelu_pytorch_tanh")));
}

TEST(AConfig, MayLeaveOutWhatFollows) {
  TinyModel model = tiny_llama();
  const std::vector<double> usual = engine_log2_probs(model);
  model.config["head_dim"] = nullptr;
  model.config["rope_theta"] = nullptr;
  model.config["sliding_window"] = nullptr;
  model.config["attention_bias"] = false;
  model.config["mlp_bias"] = nullptr;
  model.config["torch_dtype"] = "bfloat16";
  model.config["dtype"] = "bfloat16";
  model.config["architectures"] = {"LlamaForCausalLM"};
  model.config["eos_token_id"] = {2, 3};
  model.config["pretraining_tp"] = 1;
  model.config.erase("hidden_act");
  EXPECT_EQ(engine_log2_probs(model), usual);
  model.config["head_dim"] = 16;
  EXPECT_EQ(engine_log2_probs(model), usual);
}

TEST(AConfig, WithoutKeyValueHeadsHasOneForEachHead) {
  TinyModel model = tiny_llama();
  for (const char* layer : {"0", "1"}) {
    for (const char* name : {"k_proj", "v_proj"}) {
      TinyTensor& tensor =
          model.tensors.at("model.layers." + std::string(layer) + ".self_attn." + name + ".weight");
      tensor = model.tensors.at("model.layers." + std::string(layer) + ".self_attn.o_proj.weight");
    }
  }
  model.config.erase("num_key_value_heads");
  expect_as_plain(model);
}

TEST(AConfig, OfAQuantisedModelIsRefusedByTheMethodsName) {
  const Json quantized = {{"quant_method", "gptq"}, {"bits", 4}};
  EXPECT_THAT(error_of(llama_with({{"quantization_config", quantized}})), HasSubstr("\"gptq\""));
}

TEST(Weights, OfDoublesAreTheNearestFloats) {
  EXPECT_EQ(engine_log2_probs(tiny_llama(), "F64"), engine_log2_probs(tiny_llama(), "F32"));
  TinyModel model = tiny_llama();
  model.tensors.at("model.norm.weight").values[3] = -0.0F;
  EXPECT_EQ(engine_log2_probs(model, "F64"), engine_log2_probs(model, "F32"));
}

// transformers, from version 5 on, ties only what is equal.
TEST(ATiedHead, ThatIsStoredWithOtherValuesIsUsed) {
  TinyModel untied = tiny_llama();
  TinyModel tied = untied;
  tied.config["tie_word_embeddings"] = true;
  EXPECT_EQ(engine_log2_probs(tied), engine_log2_probs(untied));
}

TEST(ATiedHead, MayBeStoredUnderEitherNameOrBoth) {
  TinyModel model = tiny_llama(true);
  const std::vector<double> expected = engine_log2_probs(model);
  model.tensors["model.embed_tokens.weight"] = model.tensors["lm_head.weight"];
  EXPECT_EQ(engine_log2_probs(model), expected);
  model.tensors.erase("lm_head.weight");
  EXPECT_EQ(engine_log2_probs(model), expected);
}

TEST(AHead, ThatIsMissingAsksWhetherItIsTied) {
  TinyModel model = tiny_llama();
  model.tensors.erase("lm_head.weight");
  EXPECT_THAT(error_of(model), AllOf(HasSubstr("lm_head.weight is missing"),
                                     HasSubstr("say \"tie_word_embeddings\": true")));
  model = tiny_gpt2();
  model.config["tie_word_embeddings"] = false;
  EXPECT_THAT(error_of(model), HasSubstr("say \"tie_word_embeddings\": true"));
}

TEST(AModel, WithoutThePrefixOfItsTensorsIsTheSame) {
  TinyModel model = tiny_llama();
  const std::vector<double> expected = engine_log2_probs(model);
  TinyTensors bare;
  for (auto& [name, tensor] : model.tensors) {
    bare[name.starts_with("model.") ? name.substr(6) : name] = tensor;
  }
  model.tensors = bare;
  EXPECT_EQ(engine_log2_probs(model), expected);
}

TEST(AVocabulary, MayLeaveOutIds) {
  Json vocabulary = byte_level_vocabulary({"t h", "th e"});
  vocabulary["model"]["vocab"]["th"] = 400;
  vocabulary["model"]["vocab"]["the"] = 300;
  const auto tokenizer = load_json(vocabulary);
  EXPECT_EQ(tokenizer->size(), 401U);
  EXPECT_EQ(tokenizer->encode(to_bytes("thethe")), (std::vector<Symbol>{300, 300}));
  EXPECT_TRUE(tokenizer->bytes_of(350).empty());
  EXPECT_FALSE(tokenizer->find(""));
}

}  // namespace
}  // namespace zipdream
