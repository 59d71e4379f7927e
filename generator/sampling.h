// SPDX-License-Identifier: Apache-2.0
// The plain method: ask the predictor, choose a symbol, append it.
#pragma once

#include <memory>
#include <optional>

#include "generator/copy_limit.h"
#include "generator/method.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Continues every sequence from a clone of `start`, which has seen nothing of it yet. A copy limit,
// which has seen the corpus, leaves out symbols before the sampler does; continue_sequence() throws
// a usage Error when none is left. REQUIRES: check_sampler(sampler) passes.
[[nodiscard]] std::unique_ptr<Method> make_sampling(
    std::unique_ptr<const Predictor> start, const SamplerOptions& sampler,
    std::optional<CopyLimit> copy_limit = std::nullopt);

}  // namespace zipdream
