// SPDX-License-Identifier: Apache-2.0
// Which format a file is in, told by its content: names of files lie, and what is taken for a text
// by mistake gives figures that mean nothing. A text is never taken for anything else: a format
// whose signature is made of letters needs bytes behind it that no text has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

enum class FormatKind {
  kImage,
  kAudio,
  kVideo,
  kDocument,    // PDF and the like
  kCompressed,  // a stream, or an archive of files
  kModel,       // weights
  kData,        // numbers, tables
  kPointer,     // stands for a file that is elsewhere
};

struct FileFormat {
  FormatKind kind;
  std::string_view phrase;        // with its article: "a GIF image", "MP3 audio"
  std::string_view remedy;        // what to do with it, as a command: "convert it to PNG"
  bool is_read = false;           // an image or audio that media/ turns into pixels or samples
  std::string_view command = "";  // of zipdream that takes it as it is: "decompress"
};

// find_format() needs no more of a file's beginning than this.
inline constexpr std::size_t kFormatStartBytes = 8192;

// The format of a file of `size` bytes; null for a text, and for bytes of no known format. Valid
// for the life of the program. REQUIRES: `start` is the whole file, or its first kFormatStartBytes
// at least.
[[nodiscard]] const FileFormat* find_format(ByteView start, std::uint64_t size);
[[nodiscard]] const FileFormat* find_format(ByteView file);

// "GIF image" of "a GIF image".
[[nodiscard]] std::string_view name_of(const FileFormat& format);

// Where the content begins behind ID3v2 tags (of MP3s; some programs put them in front of other
// audio) and the zeros that may pad them; 0 if there is no tag.
[[nodiscard]] std::size_t size_of_id3_tags(ByteView file);

// Whether no byte of the first 512 is a control character other than white space.
[[nodiscard]] bool looks_like_text(ByteView start);

}  // namespace zipdream
