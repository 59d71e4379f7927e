// SPDX-License-Identifier: Apache-2.0
// The kinds of models that files may hold. What sets one apart from another is switches of LmConfig
// and names of tensors; the loader is the same for all, and so is the forward pass of all that have
// attention (recurrent_pass.h is for those that have a state). Adding one is a
// function that reads its config.json and a row in architectures.cc, and for GGUF the keys that it
// alone has (gguf_config.cc).
#pragma once

#include <span>
#include <string_view>

#include "models/lm/config.h"
#include "models/lm/load_weights.h"

namespace zipdream {

// What a model is, and how its file stores it.
struct ModelPlan {
  LmConfig config;
  TensorLayout layout;
};

struct Architecture {
  std::string_view model_type;  // in config.json
  std::string_view gguf_name;   // "general.architecture"; empty: GGUF has none
  // The switches that all models of the kind share; sizes are not set.
  LmConfig (*switches)();
  // `config` is what switches() gave. Throws Error for what the engine can't do.
  ModelPlan (*read)(const ConfigFields& fields, LmConfig config);
  bool paired_in_gguf = false;  // LmConfig::paired_heads there
};

// Valid for the life of the program.
[[nodiscard]] std::span<const Architecture> architectures();

// What config.json says. Throws Error that lists all architectures when it is of another.
[[nodiscard]] ModelPlan read_plan(const ConfigFields& fields);

// ---- the kinds, a family in each file of architectures/ ----

[[nodiscard]] LmConfig llama_switches();
[[nodiscard]] LmConfig qwen3_switches();
[[nodiscard]] LmConfig gemma3_switches();
[[nodiscard]] LmConfig olmo2_switches();
[[nodiscard]] LmConfig gpt2_switches();
[[nodiscard]] LmConfig gptneox_switches();
[[nodiscard]] LmConfig rwkv7_switches();
[[nodiscard]] LmConfig paper_switches();

[[nodiscard]] ModelPlan read_llama(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_mistral(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_qwen2(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_qwen3(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_gemma3(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_smollm3(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_olmo2(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_phi3(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_gpt2(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_gptneox(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_rwkv7(const ConfigFields& fields, LmConfig config);
[[nodiscard]] ModelPlan read_paper(const ConfigFields& fields, LmConfig config);

// ---- what several of them ask for ----

// The activation of a name that Hugging Face gives it. Throws Error for others.
[[nodiscard]] Activation read_activation(const ConfigFields& fields, const std::string& field,
                                         const std::string& fallback);

// Gemma 3: every `period`th layer sees everything, the others a window, and rotate by local_rope.
void set_gemma3_layers(std::size_t window, std::size_t period, LmConfig& config);

// SmolLM 3: every `period`th layer rotates nothing.
void set_smollm3_layers(std::size_t period, LmConfig& config);

// All layers see the window; 0: everything.
void set_window(std::size_t window, LmConfig& config);

}  // namespace zipdream
