// SPDX-License-Identifier: Apache-2.0
// lm:DIR, language models: what the folder offers to the registry.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kLm;

}  // namespace zipdream
