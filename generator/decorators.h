// SPDX-License-Identifier: Apache-2.0
// Predictors made of a predictor: over a smaller alphabet, or with a limited memory. Each passes on
// the faster ways of the predictor within, as far as it can.
#pragma once

#include <cstddef>
#include <memory>

#include "codecs/common/alphabet.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Chooses among the symbols that consist of bytes of the alphabet alone, and numbers these anew;
// observe() takes all bytes. The predictor itself where the alphabet has all 256. Throws a usage
// Error when there is no such symbol.
[[nodiscard]] std::unique_ptr<Predictor> restrict_alphabet(std::unique_ptr<Predictor> within,
                                                           const Alphabet& alphabet);

// Of what is observed from now on, the predictor sees the last `size` bytes alone; what it has seen
// before (a corpus) it keeps. The predictor itself where the size is 0. REQUIRES: its symbols are
// the bytes.
[[nodiscard]] std::unique_ptr<Predictor> limit_window(std::unique_ptr<Predictor> primed,
                                                      std::size_t size);

}  // namespace zipdream
