// SPDX-License-Identifier: Apache-2.0
// Codecs for fuzz targets, which run them many thousand times.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/codecs/names.h"
#include "zipdream/registry.h"

namespace zipdream {

// A codec by its cheapest options, where its defaults take many megabytes or milliseconds for a
// few bytes. Its format is the same.
[[nodiscard]] inline std::string cheap_spec(std::string_view codec) {
  constexpr auto kCheap = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"bzip2", ":1"},
      {"xz", ":0"},
      {"lzma", ":0"},
      {"zstd", ":1"},
      {"brotli", ":1"},
      {"zopfli", ":1"},
      {"png", ":1"},
      {"flac", ":0"},
  });
  const auto* const found =
      std::ranges::find(kCheap, codec, [](const auto& row) { return row.first; });
  return std::string(codec) + std::string(found == kCheap.end() ? "" : found->second);
}

// Every codec that is listed, in that order.
[[nodiscard]] inline std::vector<std::unique_ptr<Codec>> cheap_codecs() {
  std::vector<std::unique_ptr<Codec>> made;
  for (const std::string& name : codec_names()) made.push_back(make_codec(cheap_spec(name)));
  return made;
}

}  // namespace zipdream
