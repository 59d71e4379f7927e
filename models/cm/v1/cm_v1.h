// SPDX-License-Identifier: Apache-2.0
// cm:0, the context mixer of zipdream 0.1 and 0.2, for the archives of that time: its streams never
// change. What follows it learns better (models/cm/cm.h).
//
// Context mixing: the next byte as eight binary decisions, each predicted by many contexts at once,
// whose predictions are weighed by who was right before (Mahoney's PAQ; in its size and parts this
// is a relative of lpaq, written anew). The parts, in decision.h, in the order in which a decision
// passes through them:
//
//   contexts   what goes before, as eleven hashes; where the last bytes came up before
//   history    what each context has seen of this decision: a bit history in a hash table
//   mixing     the probability after such a history, three mixers over the logits of all, one over
//              the mixers, and two APMs, averaged with the result
//
// Within a byte nothing learns: its eight decisions are predicted by the model as it stood before
// the byte, and learned from together when it is over. That costs a thousandth in size. In return
// the distribution of the next byte is a pure function of the model: each byte's probability is the
// product of those of its decisions along the tree of 255, all asked of one and the same const
// model. The coder spends eight decisions on a byte, not 256 frequencies.
//
// Everything is integers. A byte costs the same time wherever it stands, and memory stays below
// 128 MiB; the parts fill by pages, and copies share them (models/paged_array.h).
#pragma once

#include <memory>

#include "zipdream/predictor.h"

namespace zipdream {

[[nodiscard]] std::unique_ptr<Predictor> make_cm_v1_predictor();

}  // namespace zipdream
