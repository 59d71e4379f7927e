// SPDX-License-Identifier: Apache-2.0
#include "training/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string_view>
#include <utility>

#include "base/terminal_text.h"
#include "models/bounded_json.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

struct NamedSize {
  std::string_view name;
  std::size_t hidden_size;
  std::size_t heads_modern;
  std::size_t heads_paper;
};
constexpr auto kSizes =
    std::to_array<NamedSize>({{"200k", 64, 4, 8}, {"800k", 128, 4, 8}, {"3.2m", 256, 8, 8}});
constexpr std::size_t kNumLayers = 4;
constexpr std::size_t kContextLength = 512;
constexpr std::size_t kSizeStep = 16;  // sizes are multiples of this, as kernels.h wants

// A path holds any bytes, but JSON only UTF-8: others are a list of their values.
Json path_json(const std::string& path) {
  if (is_utf8(as_bytes(path))) return path;
  Json bytes = Json::array();
  for (const Byte byte : as_bytes(path)) bytes.push_back(byte);
  return bytes;
}

std::string path_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto bytes = json.get<Bytes>();
  return std::string(as_chars(bytes));
}

}  // namespace

// SwiGLU has three matrices where GELU has two, so two thirds of four times the hidden size.
std::size_t intermediate_size_for(const LmConfig& config, std::size_t hidden_size) {
  if (config.norm == LmConfig::Norm::kLayer) return 4 * hidden_size;
  return (hidden_size * 8 / 3 + kSizeStep - 1) / kSizeStep * kSizeStep;
}

std::size_t TrainingPlan::length_at(std::size_t step) const {
  const double at = static_cast<double>(step) / static_cast<double>(steps);
  return at >= 1 - full_length_fraction ? model.context_length
                                        : std::min(warmup_seq_len, model.context_length);
}

std::size_t TrainingPlan::sequences_at(std::size_t step) const {
  return std::max<std::size_t>(1, batch / length_at(step));
}

double TrainingPlan::rate_at(std::size_t step) const {
  if (step < warm_up) {
    return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warm_up);
  }
  const double at = static_cast<double>(step - warm_up) /
                    static_cast<double>(std::max<std::size_t>(1, steps - std::min(steps, warm_up)));
  const double cosine = (1 + std::cos(std::numbers::pi * std::min(1.0, at))) / 2;
  return learning_rate * (final_rate + (1 - final_rate) * cosine);
}

LmConfig named_model(const std::string& architecture, const std::string& size) {
  const auto* const found = std::ranges::find(kSizes, size, &NamedSize::name);
  if (found == kSizes.end()) {
    throw Error::of_option("size", size, "must be 200k, 800k or 3.2m", "");
  }
  LmConfig config;
  config.hidden_size = found->hidden_size;
  config.num_layers = kNumLayers;
  config.context_length = kContextLength;
  if (architecture == "modern") {
    config.num_heads = found->heads_modern;
  } else if (architecture == "paper") {
    config.num_heads = found->heads_paper;
    config.norm = LmConfig::Norm::kLayer;
    config.norm_place = LmConfig::NormPlace::kAfterSum;
    config.positions = LmConfig::Positions::kSinusoidal;
    config.activation = LmConfig::Activation::kGelu;
    config.gated = false;
  } else {
    throw Error::of_option("architecture", architecture, "must be modern or paper", "");
  }
  config.intermediate_size = intermediate_size_for(config, config.hidden_size);
  return config;
}

void complete_model(std::size_t vocab_size, std::optional<Symbol> begin_of_text, LmConfig& config) {
  config.vocab_size = vocab_size;
  config.begin_of_text = begin_of_text;
  config.num_kv_heads = config.num_heads;
  config.head_dim = config.hidden_size / config.num_heads;
  const bool paper = config.norm == LmConfig::Norm::kLayer;
  config.embedding_scale = paper ? std::sqrt(static_cast<float>(config.hidden_size)) : 1;
}

std::string architecture_name(const LmConfig& config) {
  return config.norm == LmConfig::Norm::kRms ? "modern" : "paper";
}

void check_plan(const TrainingPlan& plan) {
  const LmConfig& model = plan.model;
  const auto refuse = [](const char* option, std::size_t value, const std::string& message) {
    throw Error::of_option(option, std::to_string(value), message, "");
  };
  if (plan.files.empty()) {
    throw Error(Error::Kind::kUsage, "train", "no texts to learn from", "name files");
  }
  if (plan.bpe > 0 && !plan.tokenizer.empty()) {
    throw Error::of_option("bpe", std::to_string(plan.bpe), "learns a tokenizer, but one is given",
                           "choose");
  }
  if (model.num_heads == 0 || model.hidden_size % kSizeStep != 0 ||
      model.hidden_size % model.num_heads != 0 || model.hidden_size / model.num_heads % 2 != 0) {
    refuse(
        "hidden_size", model.hidden_size,
        fmt::format("must be a multiple of 16, and of the {} heads an even one", model.num_heads));
  }
  if (model.intermediate_size % kSizeStep != 0) {
    refuse("intermediate_size", model.intermediate_size, "must be a multiple of 16");
  }
  if (plan.align == 0) refuse("align", plan.align, "must be at least 1");
  if (plan.align > 1 && (plan.bpe > 0 || !plan.tokenizer.empty())) {
    refuse("align", plan.align, "counts bytes, but the model has tokens");
  }
  if (plan.batch < model.context_length) {
    refuse("batch", plan.batch,
           fmt::format("is less than the context length of {} tokens", model.context_length));
  }
  const std::size_t sequences = plan.batch / model.context_length;
  if (plan.micro_batches == 0 || plan.micro_batches > sequences) {
    refuse("micro_batches", plan.micro_batches,
           fmt::format("must be 1 to {}, the sequences of a batch", sequences));
  }
}

std::string to_json(const TrainingPlan& plan) {
  const LmConfig& model = plan.model;
  Json files = Json::array();
  for (const std::string& file : plan.files) files.push_back(path_json(file));
  Json json = {{"files", std::move(files)},
               {"bpe", plan.bpe},
               {"tokenizer", path_json(plan.tokenizer)},
               {"held_out", plan.held_out},
               {"align", plan.align},
               {"architecture", architecture_name(model)},
               {"hidden_size", model.hidden_size},
               {"num_layers", model.num_layers},
               {"num_heads", model.num_heads},
               {"intermediate_size", model.intermediate_size},
               {"context_length", model.context_length},
               {"steps", plan.steps},
               {"batch", plan.batch},
               {"warmup_seq_len", plan.warmup_seq_len},
               {"full_length_fraction", plan.full_length_fraction},
               {"learning_rate", plan.learning_rate},
               {"final_rate", plan.final_rate},
               {"warm_up", plan.warm_up},
               {"weight_decay", plan.weight_decay},
               {"clip", plan.clip},
               {"dropout", plan.dropout},
               {"seed", plan.seed},
               {"save_interval", plan.save_interval},
               {"bf16", plan.bf16}};
  if (plan.micro_batches > 1) json["micro_batches"] = plan.micro_batches;
  return json.dump();
}

TrainingPlan plan_from_json(const std::string& json, const std::string& where) {
  const auto document = parse_bounded_json<Json>(json, where);
  const Json& parsed = *document;
  try {
    TrainingPlan plan;
    plan.model = named_model(parsed.at("architecture").get<std::string>(), "200k");
    const auto read = [&](const char* name, auto& value) { parsed.at(name).get_to(value); };
    for (const Json& file : parsed.at("files")) plan.files.push_back(path_of(file));
    read("bpe", plan.bpe);
    plan.tokenizer = path_of(parsed.at("tokenizer"));
    read("held_out", plan.held_out);
    read("align", plan.align);
    read("hidden_size", plan.model.hidden_size);
    read("num_layers", plan.model.num_layers);
    read("num_heads", plan.model.num_heads);
    read("intermediate_size", plan.model.intermediate_size);
    read("context_length", plan.model.context_length);
    read("steps", plan.steps);
    read("batch", plan.batch);
    read("warmup_seq_len", plan.warmup_seq_len);
    read("full_length_fraction", plan.full_length_fraction);
    read("learning_rate", plan.learning_rate);
    read("final_rate", plan.final_rate);
    read("warm_up", plan.warm_up);
    read("weight_decay", plan.weight_decay);
    read("clip", plan.clip);
    read("dropout", plan.dropout);
    read("seed", plan.seed);
    read("save_interval", plan.save_interval);
    read("bf16", plan.bf16);
    if (parsed.contains("micro_batches")) read("micro_batches", plan.micro_batches);
    check_plan(plan);
    return plan;
  } catch (const Json::exception&) {
    throw Error(where + ": is no record of a training run; is the file whole?");
  }
}

}  // namespace zipdream
