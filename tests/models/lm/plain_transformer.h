// SPDX-License-Identifier: Apache-2.0
// The architectures once more, straight from the papers: in double, with nested loops, from the
// tensors by their names, without a cache. What the engine is held against.
#pragma once

#include <span>
#include <vector>

#include "tests/models/lm/tiny_models.h"
#include "zipdream/predictor.h"

namespace zipdream {

// log2 P of each token after `tokens`, the begin of text included in them.
[[nodiscard]] std::vector<double> plain_log2_probs(const TinyModel& model,
                                                   std::span<const Symbol> tokens);

}  // namespace zipdream
