// SPDX-License-Identifier: Apache-2.0
#include "media/media.h"

#include <array>

namespace zipdream {
namespace {

using namespace std::literals;

// A format is known by what stands at one or two places of its start.
struct Magic {
  Media media;
  std::string_view start;
  std::size_t second_at = 0;
  std::string_view second = ""sv;
};

constexpr std::array kMagics = {
    Magic{Media::kImage, "\x89PNG\r\n\x1a\n"sv},    // PNG
    Magic{Media::kImage, "\xff\xd8\xff"sv},         // JPEG
    Magic{Media::kImage, "BM"sv, 6, "\0\0\0\0"sv},  // BMP
    Magic{Media::kImage, "II*\0"sv},                // TIFF, little-endian
    Magic{Media::kImage, "MM\0*"sv},                // TIFF, big-endian
    Magic{Media::kImage, "RIFF"sv, 8, "WEBP"sv},    // WebP
    Magic{Media::kImage, "\0\0\0\x0cjP  "sv},       // JPEG 2000
    Magic{Media::kImage, "v/1\x01"sv},              // OpenEXR
    Magic{Media::kImage, "#?RADIANCE"sv},           // Radiance HDR
    Magic{Media::kAudio, "RIFF"sv, 8, "WAVE"sv},    // WAV
    Magic{Media::kAudio, "RF64"sv, 8, "WAVE"sv},    // WAV beyond 4 GB
    Magic{Media::kAudio, "fLaC"sv},                 // FLAC
    Magic{Media::kAudio, "OggS\0"sv},               // Ogg: Vorbis, Opus
    Magic{Media::kAudio, "FORM"sv, 8, "AIF"sv},     // AIFF and AIFC
    Magic{Media::kAudio, ".snd\0"sv},               // AU
    Magic{Media::kAudio, "caff\0"sv},               // Core Audio
    Magic{Media::kAudio, "ID3\2"sv},                // MP3 with tags, version 2.2
    Magic{Media::kAudio, "ID3\3"sv},                // version 2.3
    Magic{Media::kAudio, "ID3\4"sv},                // version 2.4
    Magic{Media::kAudio, "\xff\xfb"sv},             // MP3, MPEG-1 layer III
    Magic{Media::kAudio, "\xff\xf3"sv},             // MP3, MPEG-2 layer III
};

bool is_at(std::string_view content, std::size_t position, std::string_view magic) {
  return content.size() >= position && content.substr(position).starts_with(magic);
}

// "P5\n640 480" and its relatives: P1 to P6, then white space, then a digit or a comment.
bool is_pnm(std::string_view content) {
  return content.size() >= 4 && content[0] == 'P' && content[1] >= '1' && content[1] <= '6' &&
         (content[2] == '\n' || content[2] == ' ' || content[2] == '\t' || content[2] == '\r') &&
         (content[3] == '#' || (content[3] >= '0' && content[3] <= '9'));
}

}  // namespace

std::string_view media_name(Media media) {
  switch (media) {
    case Media::kText:
      return "text";
    case Media::kImage:
      return "image";
    case Media::kAudio:
      return "audio";
  }
  return "";
}

Media guess_media(ByteView content) {
  const std::string_view start = as_chars(content);
  for (const Magic& magic : kMagics) {
    if (is_at(start, 0, magic.start) && is_at(start, magic.second_at, magic.second)) {
      return magic.media;
    }
  }
  return is_pnm(start) ? Media::kImage : Media::kText;
}

std::size_t bytes_per_sample(SampleFormat format) { return format == SampleFormat::kS16 ? 2 : 1; }

std::string_view name_of(SampleFormat format) {
  switch (format) {
    case SampleFormat::kU8:
      return "u8";
    case SampleFormat::kMulaw:
      return "mulaw";
    case SampleFormat::kS16:
      return "s16";
  }
  return "";
}

SampleFormat sample_format(std::string_view name) {
  if (name == "mulaw") return SampleFormat::kMulaw;
  return name == "s16" ? SampleFormat::kS16 : SampleFormat::kU8;
}

}  // namespace zipdream
