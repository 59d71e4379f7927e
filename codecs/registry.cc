// SPDX-License-Identifier: Apache-2.0
#include "codecs/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "codecs/factories.h"
#include "codecs/spec.h"

namespace zipdream {
namespace {

// clang-format off
constexpr auto kCodecs = std::to_array<CodecInfo>({
  // name      summary                             options    level  extension  damage make
  {"gzip",    "DEFLATE: strings, Huffman codes",  "1-9",     "6",   ".gz",     true,  make_gzip},
  {"zlib",    "DEFLATE in a zlib stream",         "1-9",     "6",   ".zz",     true,  make_zlib},
  {"deflate", "DEFLATE with nothing around it",   "1-9",     "6",   "",        false, make_deflate},
  {"bzip2",   "block sorting, Huffman codes",     "1-9",     "9",   ".bz2",    true,  make_bzip2},
  {"xz",      "LZMA2: strings, arithmetic coder", "0-9[e]",  "6",   ".xz",     true,  make_xz},
  {"lzma",    "LZMA in the older .lzma file",     "0-9[e]",  "6",   ".lzma",   false, make_lzma},
  {"zstd",    "strings, finite-state entropy",    "1-22",    "3",   ".zst",    true,  make_zstd},
  {"brotli",  "strings, contexts, a dictionary",  "0-11",    "11",  ".br",     false, make_brotli},
  {"png",     "the bytes as pixels, in gray",     "0-9,width=W", "9",   ".png",    true,  make_png},
  {"webp",    "the bytes as pixels, in gray",     "0-9,width=W", "6",  ".webp",   false, make_webp},
  {"flac",    "the bytes as sound at 16 kHz",     "0-8,format=F", "8", ".flac",   true,  make_flac},
  {"stored",  "the bytes as they are",            "",        "",    "",        false, make_stored},
});
// clang-format on

}  // namespace

std::span<const CodecInfo> codec_list() { return kCodecs; }

std::unique_ptr<Codec> make_codec(std::string_view spec) {
  const auto [name, options] = split_spec(spec);
  const auto* const found = std::ranges::find(kCodecs, name, &CodecInfo::name);
  if (found != kCodecs.end()) return found->make(options);

  std::vector<std::string_view> names;
  names.reserve(kCodecs.size());
  for (const CodecInfo& info : kCodecs) names.push_back(info.name);
  throw usage_error(
      fmt::format("{}: no such codec;{} `zipdream list` shows all", name, suggestion(name, names)));
}

}  // namespace zipdream
