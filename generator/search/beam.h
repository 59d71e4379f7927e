// SPDX-License-Identifier: Apache-2.0
// Beam search, as gzipt does it (github.com/robinpie/gzipt): plan `horizon` symbols ahead, commit
// all of them, plan anew.
//
// A plan begins with one beam, which is empty. At each step every beam is followed by every symbol,
// and of these candidates the `width` that cost the fewest bits become the next beams. A text that
// one more byte hardly lengthens is judged by what comes of it: a single byte seldom changes a
// codec's length by a whole byte, but the beginning of a long copy does soon.
//
// Equal candidates rank by their beam's rank, then by symbol, so the result is one and the same
// everywhere; with zlib's lengths in bytes and temperature 0 it is gzipt's to the byte. The last
// plan, too, looks the whole horizon ahead, and what overruns is cut off. (gzipt's own temperature
// t weighs beams by e^(-bytes / t); that is 8 ln 2 t = 5.55 t here, where bits are the measure.)
#pragma once

#include <cstddef>
#include <memory>

#include "generator/method.h"
#include "generator/search/scorer.h"
#include "zipdream/generate.h"

namespace zipdream {

struct BeamOptions {
  std::size_t horizon = 24;  // symbols; REQUIRES: at least 1
  std::size_t width = 32;    // REQUIRES: at least 1
  // Chooses among the last beams with probabilities 2^(-bits / temperature); 0 takes the first.
  SamplerOptions sampler;
};

// Its continue_sequence() throws a usage Error when the limit on copies leaves no candidate.
// REQUIRES: check_sampler(options.sampler) passes.
[[nodiscard]] std::unique_ptr<Method> make_beam_search(SearchStart start,
                                                       const BeamOptions& options);

}  // namespace zipdream
