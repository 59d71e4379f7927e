// SPDX-License-Identifier: Apache-2.0
#include "models/lm/architectures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr auto kArchitectures = std::to_array<Architecture>({
    {"llama", "llama", llama_switches, read_llama, true},
    {"mistral", "", llama_switches, read_mistral},  // GGUF calls it llama
    {"qwen2", "qwen2", llama_switches, read_qwen2},
    {"qwen3", "qwen3", qwen3_switches, read_qwen3},
    {"gemma3_text", "gemma3", gemma3_switches, read_gemma3},
    {"smollm3", "smollm3", llama_switches, read_smollm3, true},
    {"olmo2", "olmo2", olmo2_switches, read_olmo2},
    {"phi3", "phi3", llama_switches, read_phi3},
    {"gpt_neox", "gptneox", gptneox_switches, read_gptneox},
    {"gpt2", "gpt2", gpt2_switches, read_gpt2},
    {"rwkv7", "rwkv7", rwkv7_switches, read_rwkv7},
    {"zipdream-transformer", "", paper_switches, read_paper},
});

struct NamedActivation {
  std::string_view name;
  Activation activation;
};

constexpr auto kActivations = std::to_array<NamedActivation>({
    {"silu", Activation::kSilu},
    {"swish", Activation::kSilu},
    {"gelu", Activation::kGelu},
    {"gelu_python", Activation::kGelu},
    {"gelu_new", Activation::kGeluTanh},
    {"gelu_fast", Activation::kGeluTanh},
    {"gelu_pytorch_tanh", Activation::kGeluTanh},
    {"relu", Activation::kRelu},
});

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

ModelPlan read_plan(const ConfigFields& fields) {
  const std::string type = fields.text("model_type", "");
  const auto* const found = std::ranges::find(kArchitectures, type, &Architecture::model_type);
  std::string known;
  for (const Architecture& each : kArchitectures) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.model_type);
  }
  if (type.empty())
    throw Error(fmt::format("{}: has no \"model_type\"; supported: {}", fields.path(), known));
  if (found == kArchitectures.end()) {
    throw Error(fmt::format("{}: the architecture \"{}\" is not supported; these are: {}",
                            fields.path(), plain_or_quoted(type), known));
  }
  if (fields.has_object("quantization_config")) {
    const std::string method = fields.text("quantization_config.quant_method", "unknown");
    throw Error(
        fmt::format("{}: its weights are quantised by \"{}\", which is not supported; take "
                    "the model as it was trained, or a GGUF file of it",
                    fields.path(), plain_or_quoted(method)));
  }
  return found->read(fields, found->switches());
}

Activation read_activation(const ConfigFields& fields, const std::string& field,
                           const std::string& fallback) {
  const std::string name = fields.text(field, fallback);
  const auto* const found = std::ranges::find(kActivations, name, &NamedActivation::name);
  if (found != kActivations.end()) return found->activation;
  std::string known;
  for (const NamedActivation& each : kActivations) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
  }
  throw Error(fmt::format("{}: \"{}\" is \"{}\", but these are supported: {}", fields.path(), field,
                          plain_or_quoted(name), known));
}

void set_gemma3_layers(std::size_t window, std::size_t period, LmConfig& config) {
  config.layers.assign(config.num_layers, {});
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    if (period == 0 || (i + 1) % period != 0) config.layers[i] = {.window = window, .local = true};
  }
}

void set_smollm3_layers(std::size_t period, LmConfig& config) {
  config.layers.assign(config.num_layers, {});
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    config.layers[i].rotary = period == 0 || (i + 1) % period != 0;
  }
}

void set_window(std::size_t window, LmConfig& config) {
  if (window > 0) config.layers.assign(config.num_layers, {.window = window});
}

}  // namespace zipdream
