// SPDX-License-Identifier: Apache-2.0
// A way to continue a strand: draw symbol after symbol (sampling.h), search (search/), ... What
// they have in common, strands in parallel, seeds and interruption, is generate.h's.
#pragma once

#include "base/rng.h"
#include "base/strand.h"
#include "generator/continuation.h"

namespace zipdream {

// Immutable; many threads may call at once.
class Method {
 public:
  virtual ~Method() = default;

  // Appends to `out` until it is done. The bytes depend on the strand and on `rng`, whose coins are
  // the only ones, not on the threads. Throws Interrupted when the user asks to stop, which leaves
  // in `out` what there was, and Error when the strand can't be continued.
  virtual void continue_strand(const Strand& strand, Rng rng, Continuation& out) const = 0;
};

}  // namespace zipdream
