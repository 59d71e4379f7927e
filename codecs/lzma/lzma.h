// SPDX-License-Identifier: Apache-2.0
// LZMA in its two containers: what the folder offers to the registry.
#pragma once

#include <cstdint>
#include <memory>

#include "codecs/common/snapshot_session.h"
#include "codecs/lzma/meter.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kXz;
extern const ModelInfo kLzma;

// liblzma's preset: a level, and perhaps LZMA_PRESET_EXTREME. REQUIRES: the spec is one of xz or
// lzma.
[[nodiscard]] std::uint32_t lzma_preset(const Spec& spec);

// The codec of .lzma files.
[[nodiscard]] std::unique_ptr<Codec> make_lzma(std::uint32_t preset);
[[nodiscard]] std::unique_ptr<Predictor> make_lzma_predictor(const Spec& spec,
                                                             const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_lzma_decoder_sampler(const Spec& spec);
[[nodiscard]] std::shared_ptr<const EncoderFactory> lzma_encoders(LzmaFormat format,
                                                                  std::uint32_t preset,
                                                                  Units units);

}  // namespace zipdream
