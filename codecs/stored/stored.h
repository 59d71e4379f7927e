// SPDX-License-Identifier: Apache-2.0
// The codec that stores: what the folder offers to the registry.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kStored;

}  // namespace zipdream
