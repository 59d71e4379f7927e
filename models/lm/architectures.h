// SPDX-License-Identifier: Apache-2.0
// The kinds of models that a folder may hold, by the "model_type" of its config.json. Adding one is
// a file with these two functions and its row in architectures.cc.
#pragma once

#include <span>
#include <string_view>

#include "models/lm/checkpoint.h"
#include "models/lm/config.h"
#include "models/lm/weights.h"

namespace zipdream {

struct Architecture {
  std::string_view model_type;
  // Throws Error for what the engine can't do.
  LmConfig (*read_config)(const ConfigFields& fields);
  // REQUIRES: check_config() passed. Throws Error when the tensors don't fit the config.
  LmWeights (*load_weights)(Checkpoint& checkpoint, const ConfigFields& fields,
                            const LmConfig& config);
};

// Valid for the life of the program.
[[nodiscard]] std::span<const Architecture> architectures();

// The one that config.json names. Throws Error that lists them all when there is none.
[[nodiscard]] const Architecture& find_architecture(const ConfigFields& fields);

[[nodiscard]] LmConfig read_llama_config(const ConfigFields& fields);
[[nodiscard]] LmWeights load_llama_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                                           const LmConfig& config);
[[nodiscard]] LmConfig read_gpt2_config(const ConfigFields& fields);
[[nodiscard]] LmWeights load_gpt2_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                                          const LmConfig& config);
[[nodiscard]] LmConfig read_paper_config(const ConfigFields& fields);
[[nodiscard]] LmWeights load_paper_weights(Checkpoint& checkpoint, const ConfigFields& fields,
                                           const LmConfig& config);

}  // namespace zipdream
