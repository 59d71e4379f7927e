// SPDX-License-Identifier: Apache-2.0
// Models that the program brings along (zipdream/own_model.h). A spec alone can't make them, so
// the row is found by its name, but is not in the list.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kOwn;

}  // namespace zipdream
