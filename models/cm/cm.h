// SPDX-License-Identifier: Apache-2.0
// Context mixing: the next byte as eight binary decisions, each predicted by many contexts at once,
// whose predictions are weighed by who was right before (Mahoney's PAQ; in its size and parts this
// is a relative of lpaq9 and mcm, written anew). The parts, in the order in which a decision passes
// through them:
//
//   contexts.h   what goes before, as hashes
//   tables.h     what each context has seen of this decision: bit histories, counters, runs
//   match.h      where the last bytes came up before
//   mixing.h     mixers over the logits of all, mixers over these, and three APMs
//   decision.h   these together
//   shapes.h     how many there are of each
//
// Within a byte nothing learns: its eight decisions are predicted by the model as it stood before
// the byte, and learned from together when it is over. That costs a thousandth in size. In return
// the distribution of the next byte is a pure function of the model: each byte's probability is the
// product of those of its decisions along the tree of 255, all asked of one and the same const
// model. The coder spends eight decisions on a byte, not 256 frequencies.
//
// Everything is integers. A byte costs the same time wherever it stands; the parts fill by pages,
// and copies share them (models/paged_array.h). What streams a level writes is a promise
// (docs/format.md): who changes any constant here makes a new level.
#pragma once

#include <string_view>

#include "zipdream/registry.h"

namespace zipdream {

// What cm:prior=english has read before anything else: english_prior.txt, a promise as the streams
// are. scripts/english_prior.sh chose it.
extern const std::string_view kEnglishPrior;

extern const ModelInfo kCm;

}  // namespace zipdream
