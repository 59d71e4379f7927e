// SPDX-License-Identifier: Apache-2.0
// WebP, lossless: what the folder offers to the registry.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kWebp;

}  // namespace zipdream
