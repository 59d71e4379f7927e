// SPDX-License-Identifier: Apache-2.0
// DEFLATE in its three containers: what the folder offers to the registry, and to PNG.
#pragma once

#include <memory>

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kGzip;
extern const ModelInfo kZlib;
extern const ModelInfo kDeflate;

// Bare DEFLATE as zlib writes it, of level 1 to 9.
[[nodiscard]] std::unique_ptr<Codec> make_deflate(int level);

[[nodiscard]] std::unique_ptr<Predictor> make_deflate_predictor(const Spec& spec,
                                                                const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_deflate_decoder_sampler(const Spec& spec);

}  // namespace zipdream
