// SPDX-License-Identifier: Apache-2.0
// What a file holds (text, an image or audio), and how the bytes of a medium lie: what a model that
// is made for pixels or samples must know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

// "text", "image", "audio".
[[nodiscard]] std::string_view media_name(Media media);

// What a file of `size` bytes is by its content (base/file_format.h): an image or audio in a format
// that is read, and else text, which here means any bytes. Throws Error, with `path` as subject,
// for what is known and neither is read nor a text, so that no figure is of a file that was taken
// for something else. REQUIRES: `start` is all of the file, or its first kFormatStartBytes at
// least.
[[nodiscard]] Media media_of(ByteView start, std::uint64_t size, const std::string& path);
[[nodiscard]] Media media_of(ByteView file, const std::string& path);

// Throws Error when the format of the file is known and is no image or audio (`wanted`) that is
// read.
void check_format(ByteView file, Media wanted);

// How one sample of audio becomes bytes.
enum class SampleFormat {
  kU8,     // 8-bit unsigned linear, 128 is silence: what the paper feeds to codecs
  kMulaw,  // 8-bit mu-law (ITU-T G.711)
  kS16,    // 16-bit signed linear, little-endian: two bytes per sample
};
[[nodiscard]] std::size_t bytes_per_sample(SampleFormat format);

// "u8", "mulaw" or "s16".
[[nodiscard]] std::string_view name_of(SampleFormat format);

// The inverse of name_of(). REQUIRES: one of its names.
[[nodiscard]] SampleFormat sample_format(std::string_view name);

// Rows of pixels, channels interleaved.
struct RowShape {
  std::size_t width = 0;
  std::size_t channels = 0;
};

// How the bytes of all sequences are to be read.
struct SampleShape {
  SampleFormat format = SampleFormat::kU8;
  std::size_t channels = 1;  // interleaved: of a pixel, or of a frame of audio
};

struct MediaShape {
  std::optional<RowShape> rows;        // where the bytes, and what is seen before, are whole rows
  std::optional<SampleShape> samples;  // of an image or audio
  bool has_window = false;             // the model sees only the last bytes
};

}  // namespace zipdream
