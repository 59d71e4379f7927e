// SPDX-License-Identifier: Apache-2.0
// As which sound FLAC hears bytes: options of its spec, "flac:LEVEL,format=F,channels=C", each of
// which may be left out.
#pragma once

#include <cstddef>
#include <string_view>

#include "media/audio/audio.h"
#include "zipdream/spec.h"

namespace zipdream {

struct FlacOptions {
  int level = 8;                            // libFLAC's, 0 .. 8
  SampleFormat format = SampleFormat::kU8;  // or kS16
  std::size_t channels = 1;                 // 1 or 2

  [[nodiscard]] std::size_t sample_bytes() const { return bytes_per_sample(format); }

  // What most of zipdream knows: the paper's kind of sound.
  [[nodiscard]] bool is_plain() const { return format == SampleFormat::kU8 && channels == 1; }
};

// Of a spec of flac.
[[nodiscard]] FlacOptions flac_options(const Spec& spec);

}  // namespace zipdream
