// SPDX-License-Identifier: Apache-2.0
// All codecs by name. A spec string is "name" or "name:options": gzip:9, xz:6e, png, flac:8.
// A new codec is one file, its factory in factories.h and its row in registry.cc; contract suites
// and `zipdream list` pick it up.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "codecs/codec.h"

namespace zipdream {

struct CodecInfo {
  std::string_view name;     // "gzip"
  std::string_view summary;  // one line for `zipdream list`
  std::string_view options;  // what may stand after the colon, for people: "1-9", "" for nothing
  std::string_view default_options;  // what "name" alone means: "6"
  std::string_view extension;  // of the files it writes, with the dot: ".gz"; "" if it has none
  bool detects_damage;         // the format carries a checksum that decompress() verifies
  std::unique_ptr<Codec> (*make)(std::string_view options);  // throws a usage Error for bad options
};

// In the order in which they are listed. Valid for the life of the program.
[[nodiscard]] std::span<const CodecInfo> codec_list();

// Throws a usage Error that names the nearest codec when there is none of that name, or the legal
// range when the options are wrong.
[[nodiscard]] std::unique_ptr<Codec> make_codec(std::string_view spec);

}  // namespace zipdream
