// SPDX-License-Identifier: Apache-2.0
// "image[:OPTION=VALUE,...]": a model of pixels of 8 bits, row by row, channels interleaved,
// that gives each its distribution from what is above and to the left.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kImage;

}  // namespace zipdream
