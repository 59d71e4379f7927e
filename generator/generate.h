// SPDX-License-Identifier: Apache-2.0
// The loop: ask the predictor, choose, append.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/strand.h"
#include "generator/predictor.h"
#include "generator/sampler.h"

namespace zipdream {

// Called with the bytes of each new symbol; strands that run in parallel call it from several
// threads.
using OnGenerated = std::function<void(std::size_t strand, ByteView bytes)>;

// Continues every strand from a clone of `start`, which has seen nothing of it yet. Strand i draws
// its coins from Rng(seed, i), so the result depends on the seed alone, not on the threads. Returns
// one continuation per strand, exactly `count` bytes each (a symbol that would overrun is cut), or
// what there was when the user asked to stop (base/interrupt.h).
[[nodiscard]] std::vector<Bytes> generate(const Predictor& start, std::span<const Strand> strands,
                                          const SamplerOptions& sampler, std::uint64_t seed,
                                          const OnGenerated& on_generated);

}  // namespace zipdream
