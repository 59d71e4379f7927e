// SPDX-License-Identifier: Apache-2.0
// FLAC: what the folder offers to the registry.
#pragma once

#include <memory>

#include "codecs/flac/options.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kFlac;

[[nodiscard]] std::unique_ptr<Codec> make_flac(const FlacOptions& options);
[[nodiscard]] std::unique_ptr<Predictor> make_flac_predictor(const Spec& spec,
                                                             const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_flac_decoder_sampler(const Spec& spec);

}  // namespace zipdream
