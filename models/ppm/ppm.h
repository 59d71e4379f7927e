// SPDX-License-Identifier: Apache-2.0
// Prediction by partial matching (PPM), in the form that blends: the longest context predicts what
// followed it before and leaves a share to the next shorter one, and so on down to all bytes being
// equal. What followed what is in context_tree.h; how large the shares are is learned.
//
// The distribution is made of integers, 256 frequencies, and nothing else: what is coded is exactly
// what log2_probs() gives. It learns as it reads, in time proportional to what it reads.
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kPpm;

// A predictor by contexts of up to `order` bytes, 1 to 16. When its tree has grown to `memory`
// bytes, it starts anew from the last bytes that it read.
[[nodiscard]] std::unique_ptr<Predictor> make_ppm_predictor(int order, std::size_t memory);

}  // namespace zipdream
