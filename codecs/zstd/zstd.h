// SPDX-License-Identifier: Apache-2.0
// Zstandard: what the folder offers to the registry.
#pragma once

#include <memory>

#include "codecs/common/snapshot_session.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kZstd;

[[nodiscard]] std::unique_ptr<Codec> make_zstd(int level);
[[nodiscard]] std::unique_ptr<Predictor> make_zstd_predictor(const Spec& spec,
                                                             const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_zstd_decoder_sampler(const Spec& spec);
[[nodiscard]] std::shared_ptr<const EncoderFactory> zstd_encoders(int level, Units units);

}  // namespace zipdream
