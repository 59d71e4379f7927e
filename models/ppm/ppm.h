// SPDX-License-Identifier: Apache-2.0
// Prediction by partial matching, in the form that blends: the longest context says what it saw and
// leaves a share to the next shorter one, and so on down to all bytes being equal. The parts:
// context_tree.h (what followed what) and escape_shares.h (how far to trust it).
//
// The law is made of integers, 256 frequencies, and nothing else: what is coded is exactly what is
// told. It learns as it reads, in time proportional to what it reads.
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kPpm;

inline constexpr std::size_t kPpmMemory = std::size_t{192} << 20;

// Contexts of up to `order` bytes, 1 to 16. When its tree has grown to `memory` bytes, the law
// starts anew from the last bytes it read.
[[nodiscard]] std::unique_ptr<Predictor> make_ppm_predictor(int order,
                                                            std::size_t memory = kPpmMemory);

}  // namespace zipdream
