// SPDX-License-Identifier: Apache-2.0
// The parameters of a model as one array of floats: which tensor lies where, by the names that
// Hugging Face gives them. Tensors that one product reads together lie side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/safetensors.h"

namespace zipdream {

struct Parameter {
  std::string key;                 // the network's name for it
  std::vector<std::string> names;  // its tensors, one above the other
  std::size_t rows = 0;            // of all of them together
  std::size_t columns = 0;         // 0: a vector
  double mean = 0;                 // where training begins: all the same,
  double spread = 0;               // or normally distributed
  std::size_t offset = 0;          // where in the array

  [[nodiscard]] std::size_t size() const { return rows * (columns == 0 ? 1 : columns); }
};

struct Layout {
  std::vector<Parameter> parameters;
  std::size_t size = 0;  // floats
};

// REQUIRES: the config is of named_model()'s kinds.
[[nodiscard]] Layout layout_of(const LmConfig& config);

// The values with which training begins.
[[nodiscard]] std::vector<float> first_values(const Layout& layout, std::uint64_t seed);

// The tensors as model.safetensors holds them; views into `values`.
[[nodiscard]] std::vector<NamedTensor> tensors_of(const Layout& layout,
                                                  std::span<const float> values);

// config.json, with the tokens before and after each text if there are such.
[[nodiscard]] std::string config_json(const LmConfig& config);

}  // namespace zipdream
