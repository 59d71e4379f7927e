// SPDX-License-Identifier: Apache-2.0
// The plain method: ask the predictor, choose a symbol, append it.
#pragma once

#include <memory>

#include "generator/method.h"
#include "generator/predictor.h"
#include "generator/sampler.h"

namespace zipdream {

// Continues every strand from a clone of `start`, which has seen nothing of it yet. REQUIRES:
// check_sampler(sampler) passes.
[[nodiscard]] std::unique_ptr<Method> make_sampling(std::unique_ptr<const Predictor> start,
                                                    const SamplerOptions& sampler);

}  // namespace zipdream
