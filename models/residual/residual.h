// SPDX-License-Identifier: Apache-2.0
// residual:KIND:MODEL, a predictor, a codec and a decoder sampler of bytes around those of
// residuals (signal_predictor.h).
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kResidual;

}  // namespace zipdream
