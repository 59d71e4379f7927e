// SPDX-License-Identifier: Apache-2.0
// From a distribution to a choice. A sampler is a pure function: the random number is passed in,
// and the same arguments give the same symbol on every machine.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

#include "zipdream/predictor.h"

namespace zipdream {

// The filters apply in the order top-k, top-p, min-p to the untempered distribution, then the
// temperature to what is left, as llama-cli does. The defaults sample from the law as it is.
struct SamplerOptions {
  double temperature = 1;  // p^(1/T); 0 takes the most probable symbol, the lowest one among equals
  std::size_t top_k = 0;   // keep the k most probable symbols; 0 keeps all
  double top_p = 1;  // then the fewest most probable symbols whose mass is at least this share
  double min_p = 0;  // then those at least this share as probable as the most probable one
};

// Throws a usage Error that names the option when a value is out of range: temperature finite and 0
// or more, top_p in (0, 1], min_p in [0, 1].
void check_sampler(const SamplerOptions& options);

// Chooses with a `coin` uniform in [0, 1): symbols that survive the filters stand in ascending
// order on the line from 0 to 1, each as long as its probability, and the coin falls on one.
// REQUIRES: log2_probs is not empty and finite; check_sampler(options) passes.
[[nodiscard]] Symbol sample(std::span<const double> log2_probs, const SamplerOptions& options,
                            double coin);

// The distribution that a temperature makes of log2 probabilities, in place: p^(1/T), normalised.
// REQUIRES: temperature > 0.
void apply_temperature(std::span<double> log2_probs, double temperature);

}  // namespace zipdream
