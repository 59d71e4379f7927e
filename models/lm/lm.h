// SPDX-License-Identifier: Apache-2.0
// lm:DIR, language models as the registry knows them.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kLm;

}  // namespace zipdream
