// SPDX-License-Identifier: Apache-2.0
// What config.json says of rotary positions, in the spellings of all versions of transformers:
//   "rope_theta", "partial_rotary_factor" or "rotary_pct"      beside the other fields
//   "rope_scaling": {"rope_type" or "type": ...}               up to version 4
//   "rope_parameters": {"rope_type": ..., "rope_theta": ...}   from version 5 on, or one such
//                                                              object for each kind of layers
// Types: default; linear (Chen et al. 2023, arXiv 2306.15595); dynamic, which changes nothing
// within the context that a model is made for; yarn (Peng et al. 2023, arXiv 2309.00071); longrope
// (Ding et al. 2024, arXiv 2402.13753), of which we take the short factors and the context that
// they are for; llama3. Others are refused by name.
#pragma once

#include <string>

#include "models/lm/config.h"

namespace zipdream {

// Sets config.rope for the layers that transformers calls `layer_type`. For longrope lowers
// config.context_length. `rotary_share` is the share of each head that is rotated where the config
// names none. Throws Error for what is not supported or makes no sense.
// REQUIRES: the sizes of the config are set and checked.
void read_rope(const ConfigFields& fields, const std::string& layer_type, LmConfig& config,
               double rotary_share = 1);

// What an object for layers of this type alone says; `theta` is the fallback. Throws as
// read_rope().
[[nodiscard]] RopeConfig rope_of_layers(const ConfigFields& fields, const std::string& layer_type,
                                        double theta, const LmConfig& config);

// ---- the types, in numbers ----

// base^(-2i / dim) for each pair of dimensions, in radians per position.
[[nodiscard]] std::vector<double> rope_frequencies(double base, std::size_t dim);

// Slow rotations by `factor`, fast ones not at all.
struct Llama3Scaling {
  double factor;
  double low_frequency_factor;
  double high_frequency_factor;
  double original_context_length;
};
[[nodiscard]] std::vector<float> llama3_divisors(const Llama3Scaling& scaling, double theta,
                                                 std::size_t dim);

// A ramp over the dimensions, between those that rotate `beta_fast` and `beta_slow` times.
struct YarnScaling {
  double factor;
  double beta_fast = 32;
  double beta_slow = 1;
  double original_context_length;
  bool truncate = true;  // the ramp begins and ends at whole dimensions
};
[[nodiscard]] std::vector<float> yarn_divisors(const YarnScaling& scaling, double theta,
                                               std::size_t dim);

// What yarn multiplies cosines and sines by for its factor: 0.1 `weight` ln(factor) + 1.
[[nodiscard]] double yarn_magnitude(double factor, double weight = 1);

// What longrope does: sqrt(1 + ln(factor) / ln(original_context_length)).
[[nodiscard]] double longrope_magnitude(double factor, double original_context_length);

}  // namespace zipdream
