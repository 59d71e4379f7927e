// SPDX-License-Identifier: Apache-2.0
// "residual:KIND[,OPTION=VALUE...]:MODEL": a predictor, a codec and a decoder sampler of an image
// or audio made of those of its residuals (signal_predictor.h). The options tell which pixels are
// neighbours and which bytes make a sample; ModelInfo::adapt() takes them from a file.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kResidual;

}  // namespace zipdream
