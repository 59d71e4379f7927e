// SPDX-License-Identifier: Apache-2.0
// The blueprint of a language model: what tells one transformer from another. Weights and running
// state are elsewhere (weights.h, state.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "zipdream/predictor.h"

namespace zipdream {

// Llama 3's stretching of slow rotations ("rope_scaling" in its config.json).
struct RopeScaling {
  double factor = 1;
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
  double trained_context = 8192;
};

struct LmConfig {
  enum class Norm {
    kRms,              // before each part (Llama)
    kLayerNormBefore,  // before each part (GPT-2)
    kLayerNormAfter,   // after each sum (the first transformer)
  };
  enum class Positions {
    kSinusoidal,  // added to the embedding: sin and cos in turn
    kLearned,     // added to the embedding: a table
    kRotary,      // queries and keys turned, dimension i together with i + head_size / 2
  };
  enum class Activation { kSwiGlu, kGelu, kGeluTanh };

  std::size_t vocabulary = 0;
  std::size_t width = 0;
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;   // divides heads; equal: no sharing
  std::size_t head_size = 0;  // even for kRotary
  std::size_t hidden = 0;     // within the feed-forward part
  std::size_t context = 0;    // positions, the begin of text included

  Norm norm = Norm::kRms;
  float norm_epsilon = 1e-5F;
  Positions positions = Positions::kRotary;
  double position_base = 10000;
  std::optional<RopeScaling> stretch;
  Activation activation = Activation::kSwiGlu;
  float embedding_scale = 1;

  // The token before each text, if the config names one.
  std::optional<Symbol> begin_of_text;
};

// Throws Error, beginning with `where`, for sizes that don't fit one another.
void check_config(const LmConfig& config, const std::string& where);

// At least so many floats make its weights: those of the matrices.
[[nodiscard]] double least_weight_count(const LmConfig& config);

// Throws Error, beginning with `where`, if so many bytes of weights can't be those of the config.
// To be called before memory is taken for them.
void check_weight_bytes(const LmConfig& config, std::size_t bytes, std::size_t bytes_per_float,
                        const std::string& where);

}  // namespace zipdream
