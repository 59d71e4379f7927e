// SPDX-License-Identifier: Apache-2.0
// The length law: a codec that assigns x a length of L(x) bits implies rho(b | x) proportional to
// 2^(L(x) - L(xb)) (Deletang et al., section 2 and 3.4), here normalised over an alphabet of bytes.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "codecs/codec.h"
#include "generator/alphabet.h"
#include "generator/predictor.h"

namespace zipdream {

struct CodecPredictorOptions {
  Units units = Units::kBits;           // kBytes reproduces the paper
  Alphabet alphabet = full_alphabet();  // REQUIRES: not empty
  Bytes corpus;                         // stands before everything observed and is never forgotten
  std::size_t tail = 0;  // of what was observed, the codec sees the last `tail` bytes; 0: all
};

[[nodiscard]] std::unique_ptr<Predictor> make_codec_predictor(std::shared_ptr<const Codec> codec,
                                                              CodecPredictorOptions options);

}  // namespace zipdream
