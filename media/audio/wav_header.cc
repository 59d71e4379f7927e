// SPDX-License-Identifier: Apache-2.0
#include "media/audio/wav_header.h"

#include <algorithm>
#include <string>

#include "zipdream/error.h"

namespace zipdream {
namespace {

// The sizes that pipes get: ffmpeg writes the largest number, sox one of just under 2 GiB.
constexpr std::size_t kUnknownSize = 0x7ffff000;

std::size_t little_endian(ByteView bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

// What the data chunk is counted in: frames, where each has the same number of bytes.
struct Unit {
  std::size_t bytes = 1;
  std::string name = "bytes";
};

// A format chunk is: format (2), channels (2), rate (4), bytes per second (4), bytes per block (2),
// ... A block is one frame in the formats PCM, float, A-law, mu-law and "extensible".
Unit unit_of(ByteView format_chunk) {
  if (format_chunk.size() < 14) return {};
  const std::size_t format = little_endian(format_chunk.first(2));
  const std::size_t block = little_endian(format_chunk.subspan(12, 2));
  const bool frames = format == 1 || format == 3 || format == 6 || format == 7 || format == 0xfffe;
  return frames && block > 0 ? Unit{block, "frames"} : Unit{};
}

}  // namespace

// "RIFF", size (4), "WAVE", and then chunks: name (4), size (4), data, padded to an even size.
void check_wav_is_whole(ByteView file) {
  const std::string_view text = as_chars(file);
  if (!text.starts_with("RIFF") || text.size() < 12 || text.substr(8, 4) != "WAVE") return;
  Unit unit;
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::string_view name = text.substr(at, 4);
    const std::size_t size = little_endian(file.subspan(at + 4, 4));
    at += 8;
    const ByteView chunk = file.subspan(at, std::min(size, file.size() - at));
    if (name == "fmt ") {
      unit = unit_of(chunk);
    } else if (name == "data") {
      if (chunk.size() < size && size < kUnknownSize) {
        throw Error("truncated WAV file: it holds " + std::to_string(chunk.size() / unit.bytes) +
                    " of the " + std::to_string(size / unit.bytes) + " " + unit.name +
                    " that its header promises; get a complete copy of it");
      }
      return;
    }
    at += std::min(size + size % 2, file.size() - at);
  }
  throw Error("truncated WAV file: it ends before its samples; get a complete copy of it");
}

}  // namespace zipdream
