// SPDX-License-Identifier: Apache-2.0
// lm:DIR, language models as the registry knows them.
#pragma once

#include <string>

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kLm;

// The folder of a model. The path itself when there is something; else, for a mere name, the model
// of that name in one of the folders that the environment's ZIPDREAM_MODELS lists (with a colon
// between any two), in ../share/zipdream/models beside the program's folder (installed) or in the
// sources that it was built in (samples/models); else the path.
[[nodiscard]] std::string find_model(const std::string& path);

}  // namespace zipdream
