// SPDX-License-Identifier: Apache-2.0
// From a law to a Predictor over an alphabet of bytes, with a corpus and a tail.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "generator/alphabet.h"
#include "generator/byte_law.h"
#include "generator/predictor.h"

namespace zipdream {

struct BytePredictorOptions {
  Alphabet alphabet = full_alphabet();  // REQUIRES: not empty
  Bytes corpus;                         // stands before everything observed and is never forgotten
  std::size_t tail = 0;  // of what was observed, the law sees the last `tail` bytes; 0: all
};

// REQUIRES: the law has seen nothing.
[[nodiscard]] std::unique_ptr<Predictor> make_byte_predictor(std::unique_ptr<ByteLaw> law,
                                                             BytePredictorOptions options);

}  // namespace zipdream
