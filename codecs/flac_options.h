// SPDX-License-Identifier: Apache-2.0
// As which sound FLAC hears bytes: options of its spec, "flac:LEVEL,format=F,channels=C", each of
// which may be left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sound/sound.h"

namespace zipdream {

struct FlacOptions {
  int level = 8;                            // libFLAC's, 0 .. 8
  SampleFormat format = SampleFormat::kU8;  // or kS16
  std::size_t channels = 1;                 // 1 or 2

  [[nodiscard]] std::size_t sample_bytes() const { return bytes_per_sample(format); }

  // What most of zipdream knows: the paper's kind of sound.
  [[nodiscard]] bool is_plain() const { return format == SampleFormat::kU8 && channels == 1; }
};

// Throws a usage Error that says what would be right.
[[nodiscard]] FlacOptions parse_flac_options(std::string_view options);

// The spec that they spell, "flac:8,format=s16,channels=2"; "flac:8" where they are plain.
[[nodiscard]] std::string flac_spec(const FlacOptions& options);

}  // namespace zipdream
