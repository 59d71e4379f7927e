// SPDX-License-Identifier: Apache-2.0
// Brotli: what the folder offers to the registry.
#pragma once

#include <cstdint>
#include <memory>

#include "codecs/common/snapshot_session.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kBrotli;

inline constexpr std::uint64_t kMaxBrotliQuality = 11;

[[nodiscard]] std::unique_ptr<DecoderSampler> make_brotli_decoder_sampler(const Spec& spec);
[[nodiscard]] std::shared_ptr<const EncoderFactory> brotli_encoders(int quality, int window_log,
                                                                    Units units);

}  // namespace zipdream
