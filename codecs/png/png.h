// SPDX-License-Identifier: Apache-2.0
// PNG: what the folder offers to the registry.
#pragma once

#include <memory>

#include "codecs/png/format.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kPng;

[[nodiscard]] std::unique_ptr<Codec> make_png(const PngOptions& options);
[[nodiscard]] std::unique_ptr<Predictor> make_png_predictor(const Spec& spec,
                                                            const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_png_decoder_sampler(const Spec& spec);

}  // namespace zipdream
