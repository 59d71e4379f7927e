// SPDX-License-Identifier: Apache-2.0
// How the bytes of a medium lie: what a model that is made for pixels or samples must know.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "media/audio/audio.h"

namespace zipdream {

// Rows of pixels, channels interleaved.
struct RowShape {
  std::size_t width = 0;
  std::size_t channels = 0;
};

// How the bytes of all sequences are to be read.
struct SampleShape {
  SampleFormat format = SampleFormat::kU8;
  std::size_t channels = 1;  // interleaved, of a pixel or of a frame of sound
};

struct MediaShape {
  std::optional<RowShape> rows;        // where the bytes, and what is seen before, are whole rows
  std::optional<SampleShape> samples;  // of an image or a sound
  bool has_window = false;             // the model sees only the last bytes
};

// "u8", "mulaw" or "s16".
[[nodiscard]] std::string_view name_of(SampleFormat format);

// REQUIRES: name_of() gives it.
[[nodiscard]] SampleFormat sample_format(std::string_view name);

}  // namespace zipdream
