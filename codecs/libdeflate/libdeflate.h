// SPDX-License-Identifier: Apache-2.0
// libdeflate's encoder of DEFLATE: what the folder offers to the registry.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kLibdeflate;

}  // namespace zipdream
