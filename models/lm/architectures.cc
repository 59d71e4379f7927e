// SPDX-License-Identifier: Apache-2.0
#include "models/lm/architectures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr auto kArchitectures = std::to_array<Architecture>({
    {"llama", read_llama_config, load_llama_weights},
    {"gpt2", read_gpt2_config, load_gpt2_weights},
    {"zipdream-transformer", read_paper_config, load_paper_weights},
});

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

const Architecture& find_architecture(const ConfigFields& fields) {
  const std::string type = fields.text("model_type", "");
  const auto* const found = std::ranges::find(kArchitectures, type, &Architecture::model_type);
  if (found != kArchitectures.end()) return *found;
  std::string known;
  for (const Architecture& each : kArchitectures) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.model_type);
  }
  if (type.empty())
    throw Error(fmt::format("{}: has no \"model_type\"; supported: {}", fields.path(), known));
  throw Error(fmt::format("{}: the architecture \"{}\" is not supported; these are: {}",
                          fields.path(), type, known));
}

}  // namespace zipdream
