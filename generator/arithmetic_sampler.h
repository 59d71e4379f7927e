// SPDX-License-Identifier: Apache-2.0
// The dream of predictors that are coded arithmetically: random bits go into the arithmetic decoder
// (coder/range_coder.h), which asks the predictor after every symbol. What comes out is the
// predictor's own law at temperature 1, in exactly as many bits as an encoder would write.
#pragma once

#include <memory>

#include "codecs/common/decoder_sampler.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Every dream begins with a clone of `start` that has seen the context.
[[nodiscard]] std::unique_ptr<DecoderSampler> make_arithmetic_sampler(
    std::unique_ptr<const Predictor> start);

}  // namespace zipdream
