// SPDX-License-Identifier: Apache-2.0
// The encoder factories, one per library, for the codecs' start().
#pragma once

#include <cstdint>
#include <memory>

#include "codecs/lzma_meter.h"
#include "codecs/snapshot/encoder.h"

namespace zipdream {

// `preset`: as liblzma has it, a level and perhaps LZMA_PRESET_EXTREME.
[[nodiscard]] std::shared_ptr<const EncoderFactory> lzma_encoders(LzmaFormat format,
                                                                  std::uint32_t preset,
                                                                  Units units);
[[nodiscard]] std::shared_ptr<const EncoderFactory> bzip2_encoders(int level, Units units);
[[nodiscard]] std::shared_ptr<const EncoderFactory> zstd_encoders(int level, Units units);
[[nodiscard]] std::shared_ptr<const EncoderFactory> brotli_encoders(int quality, int window_log,
                                                                    Units units);

}  // namespace zipdream
