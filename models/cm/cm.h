// SPDX-License-Identifier: Apache-2.0
// Context mixing: the next byte as eight binary decisions, each predicted by many contexts at once,
// whose opinions are weighed by who was right before (Mahoney's PAQ; in its size and parts this is
// a relative of lpaq, written anew). The parts, in the order of a decision's way through them:
//
//   contexts.h             what goes before, as eleven hashes
//   history_table.h        what each context has seen of this decision: a bit_history.h
//   learnt_probability.h   what came after such a history, in truth
//   match_model.h          where the last bytes came up before, and what followed there
//   mixer.h                three mixers over the same logits (logistic.h), and one over them
//   refiner.h              two corrections of the result, averaged with it
//
// Within a byte nothing learns: its eight decisions are predicted by the model as it stood before
// the byte, and learnt from together when it is over. That costs a thousandth in size. In return
// the law of the next byte is a pure function of the model: each byte's probability is the product
// of those of its decisions along the tree of 255, all asked of one and the same const model. The
// coder spends eight decisions on a byte, not 256 frequencies.
//
// Everything is integers. A byte costs the same time wherever it stands, and memory stays below
// 128 MiB; the parts fill by pages, and copies share them (models/paged_array.h).
#pragma once

#include <memory>

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kCm;

[[nodiscard]] std::unique_ptr<Predictor> make_cm_predictor();

}  // namespace zipdream
