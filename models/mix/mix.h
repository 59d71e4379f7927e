// SPDX-License-Identifier: Apache-2.0
// Models made of several models of bytes: `mix`, a logistic mixture that learns bit by bit whom to
// trust, and `avg`, the average that probability theory asks for. Both predict well where one of
// their members does, and better than all where each knows something that the others don't.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kMix;
extern const ModelInfo kAvg;

}  // namespace zipdream
