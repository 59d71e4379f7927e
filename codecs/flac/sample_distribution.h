// SPDX-License-Identifier: Apache-2.0
// One forecast as the law of a sample's bytes: the terms 2^-(bits of the residual), restricted to
// the samples that there are, normalised, and summed over the samples that a byte leaves open. What
// costs 64 bits more than the likeliest sample is left out where samples have 16 bits.
#pragma once

#include <span>

#include "codecs/flac/frame_predictors.h"
#include "zipdream/bytes.h"

namespace zipdream::flac {

// Adds weight x the law of a sample of 8 bits to that of its byte.
void add_byte_distribution(const SignalPredictor& forecast, double weight,
                           std::span<double, 256> law);

// Adds weight x the law of the low byte of a sample of 16 bits.
void add_low_byte_distribution(const SignalPredictor& forecast, double weight,
                               std::span<double, 256> law);

// Adds weight x the joint law of that low byte, which is known, and the high one.
void add_high_byte_distribution(const SignalPredictor& forecast, double weight, Byte low,
                                std::span<double, 256> law);

}  // namespace zipdream::flac
