// SPDX-License-Identifier: Apache-2.0
#include "generator/dream/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "codecs/registry.h"
#include "codecs/spec.h"
#include "generator/dream/factories.h"

namespace zipdream {
namespace {

constexpr auto kDreamers = std::to_array<DreamerInfo>({
    {"gzip", make_gzip_dreamer, ""},
    {"zlib", make_gzip_dreamer, ""},
    {"deflate", make_gzip_dreamer, ""},
    {"bzip2", nullptr,
     "its decoder undoes the sorting of a whole block, so bits after a context rewrite the "
     "context"},
    {"xz", make_xz_dreamer, ""},
    {"lzma", make_xz_dreamer, ""},
    {"zstd", make_zstd_dreamer, ""},
    {"brotli", make_brotli_dreamer, ""},
    {"png", make_png_dreamer, ""},
    {"webp", nullptr,
     "predictors and codes of the whole image stand before its first pixel, and nothing here reads "
     "them"},
    {"flac", make_flac_dreamer, ""},
    {"stored", nullptr, "it has no tables, and its dream would be noise"},
});

std::string dreaming_codecs() {
  std::string names;
  for (const DreamerInfo& dreamer : kDreamers) {
    if (dreamer.make != nullptr)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", dreamer.codec);
  }
  return names;
}

}  // namespace

std::span<const DreamerInfo> dreamer_list() { return kDreamers; }

std::unique_ptr<Dreamer> make_dreamer(std::string_view spec) {
  static_cast<void>(make_codec(spec));  // for its errors
  const Spec parts = split_spec(spec);
  const auto found = std::ranges::find(kDreamers, parts.name, &DreamerInfo::codec);
  if (found == kDreamers.end() || found->make == nullptr) {
    throw usage_error(fmt::format("--method dream: {} can't dream: {}; take one of {}", parts.name,
                                  found == kDreamers.end() ? "nobody taught it" : found->why_not,
                                  dreaming_codecs()));
  }
  return found->make(parts.options);
}

}  // namespace zipdream
