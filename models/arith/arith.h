// SPDX-License-Identifier: Apache-2.0
// arith:MODEL, the codec that arithmetic coding makes of any model (generator/arithmetic_codec.h).
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kArith;

}  // namespace zipdream
