// SPDX-License-Identifier: Apache-2.0
#include "media/media.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file_format.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

bool is_media(FormatKind kind) {
  return kind == FormatKind::kImage || kind == FormatKind::kAudio || kind == FormatKind::kVideo;
}

std::string what_it_is(const FileFormat& format) {
  if (format.kind == FormatKind::kPointer) return fmt::format("is {}", format.phrase);
  if (is_media(format.kind)) return fmt::format("is {}, which is not read", format.phrase);
  return fmt::format("is {}, and no text, image or audio", format.phrase);
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

Media media_of(ByteView start, std::uint64_t size, const std::string& path) {
  const FileFormat* format = find_format(start, size);
  if (format == nullptr) return Media::kText;
  if (format->is_read) return format->kind == FormatKind::kImage ? Media::kImage : Media::kAudio;
  std::string remedy(format->remedy);
  if (format->kind != FormatKind::kPointer) remedy += ", or take its bytes with `media` bytes";
  throw Error(Error::Kind::kFailure, path, what_it_is(*format), remedy);
}

Media media_of(ByteView file, const std::string& path) { return media_of(file, file.size(), path); }

void check_format(ByteView file, Media wanted) {
  const FileFormat* format = find_format(file);
  if (format == nullptr) return;
  if (!format->is_read) throw Error(fmt::format("{}; {}", what_it_is(*format), format->remedy));
  const bool is_image = format->kind == FormatKind::kImage;
  if (is_image == (wanted == Media::kImage)) return;
  throw Error(fmt::format("is {}, not {}; leave `media` to be guessed, or give another file",
                          format->phrase, is_image ? "audio" : "an image"));
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
