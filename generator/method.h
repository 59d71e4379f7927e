// SPDX-License-Identifier: Apache-2.0
// A way to continue a sequence: draw symbol after symbol (sampling.h), search (search/), ... What
// they have in common, sequences in parallel, seeds and interruption, is generate.h's.
#pragma once

#include "base/sequence.h"
#include "generator/continuation.h"
#include "zipdream/random.h"

namespace zipdream {

// Immutable; many threads may call at once.
class Method {
 public:
  virtual ~Method() = default;

  // Appends to `out` until it is done. The bytes depend on the sequence and on `rng`, whose coins
  // are the only ones, not on the threads. Throws Interrupted when the user asks to stop, which
  // leaves in `out` what there was, and Error when the sequence can't be continued.
  virtual void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const = 0;
};

}  // namespace zipdream
