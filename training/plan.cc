// SPDX-License-Identifier: Apache-2.0
#include "training/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string_view>

#include "models/bounded_json.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

struct NamedSize {
  std::string_view name;
  std::size_t width;
  std::size_t heads_modern;
  std::size_t heads_paper;
};
constexpr auto kSizes =
    std::to_array<NamedSize>({{"200k", 64, 4, 8}, {"800k", 128, 4, 8}, {"3.2m", 256, 8, 8}});
constexpr std::size_t kLayers = 4;
constexpr std::size_t kContext = 512;
constexpr std::size_t kSixteen = 16;  // what kernels.h asks of widths

}  // namespace

// SwiGLU has three matrices for two, so two thirds of four widths.
std::size_t hidden_for(const LmConfig& config, std::size_t width) {
  if (config.norm == LmConfig::Norm::kLayerNormAfter) return 4 * width;
  return (width * 8 / 3 + kSixteen - 1) / kSixteen * kSixteen;
}

std::size_t TrainingPlan::length_at(std::size_t step) const {
  const double at = static_cast<double>(step) / static_cast<double>(steps);
  return at >= 1 - long_share ? model.context : std::min(short_length, model.context);
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
  config.width = found->width;
  config.layers = kLayers;
  config.context = kContext;
  if (architecture == "modern") {
    config.heads = found->heads_modern;
  } else if (architecture == "paper") {
    config.heads = found->heads_paper;
    config.norm = LmConfig::Norm::kLayerNormAfter;
    config.positions = LmConfig::Positions::kSinusoidal;
    config.activation = LmConfig::Activation::kGelu;
  } else {
    throw Error::of_option("architecture", architecture, "must be modern or paper", "");
  }
  config.hidden = hidden_for(config, config.width);
  return config;
}

void complete_model(std::size_t vocabulary, std::optional<Symbol> begin_of_text, LmConfig& config) {
  config.vocabulary = vocabulary;
  config.begin_of_text = begin_of_text;
  config.kv_heads = config.heads;
  config.head_size = config.width / config.heads;
  const bool paper = config.norm == LmConfig::Norm::kLayerNormAfter;
  config.embedding_scale = paper ? std::sqrt(static_cast<float>(config.width)) : 1;
}

std::string architecture_name(const LmConfig& config) {
  return config.norm == LmConfig::Norm::kRms ? "modern" : "paper";
}

void check_plan(const TrainingPlan& plan) {
  const LmConfig& model = plan.model;
  if (plan.files.empty()) throw usage_error("train: on what? name files of text");
  if (plan.bpe > 0 && !plan.tokenizer.empty()) {
    throw Error::of_option("bpe", "", "learns a tokenizer, where one is given already",
                           "leave one of the two out");
  }
  if (model.heads == 0 || model.width % kSixteen != 0 || model.width % model.heads != 0 ||
      model.width / model.heads % 2 != 0) {
    throw Error::of_option(
        "hidden_size", fmt::format("{}", model.width),
        fmt::format("must be a multiple of 16, and of the {} heads an even one", model.heads), "");
  }
  if (model.hidden % kSixteen != 0) {
    throw Error::of_option("intermediate_size", fmt::format("{}", model.hidden),
                           "must be a multiple of 16", "");
  }
  if (plan.batch < model.context) {
    throw Error::of_option("batch", fmt::format("{}", plan.batch),
                           fmt::format("is less than a context of {} tokens", model.context),
                           "raise it, or shorten the context");
  }
}

std::string to_json(const TrainingPlan& plan) {
  const LmConfig& model = plan.model;
  return Json{{"files", plan.files},
              {"bpe", plan.bpe},
              {"tokenizer", plan.tokenizer},
              {"held_out", plan.held_out},
              {"architecture", architecture_name(model)},
              {"width", model.width},
              {"layers", model.layers},
              {"heads", model.heads},
              {"hidden", model.hidden},
              {"context", model.context},
              {"steps", plan.steps},
              {"batch", plan.batch},
              {"short_length", plan.short_length},
              {"long_share", plan.long_share},
              {"learning_rate", plan.learning_rate},
              {"final_rate", plan.final_rate},
              {"warm_up", plan.warm_up},
              {"weight_decay", plan.weight_decay},
              {"clip", plan.clip},
              {"seed", plan.seed},
              {"every", plan.every},
              {"bf16", plan.bf16}}
      .dump();
}

TrainingPlan plan_from_json(const std::string& json, const std::string& where) {
  const Json parsed = parse_bounded_json<Json>(json, where);
  try {
    TrainingPlan plan;
    plan.model = named_model(parsed.at("architecture").get<std::string>(), "200k");
    const auto read = [&](const char* name, auto& value) { parsed.at(name).get_to(value); };
    read("files", plan.files);
    read("bpe", plan.bpe);
    read("tokenizer", plan.tokenizer);
    read("held_out", plan.held_out);
    read("width", plan.model.width);
    read("layers", plan.model.layers);
    read("heads", plan.model.heads);
    read("hidden", plan.model.hidden);
    read("context", plan.model.context);
    read("steps", plan.steps);
    read("batch", plan.batch);
    read("short_length", plan.short_length);
    read("long_share", plan.long_share);
    read("learning_rate", plan.learning_rate);
    read("final_rate", plan.final_rate);
    read("warm_up", plan.warm_up);
    read("weight_decay", plan.weight_decay);
    read("clip", plan.clip);
    read("seed", plan.seed);
    read("every", plan.every);
    read("bf16", plan.bf16);
    check_plan(plan);
    return plan;
  } catch (const Json::exception&) {
    throw Error(where + ": is no record of a training run; is the file whole?");
  }
}

}  // namespace zipdream
