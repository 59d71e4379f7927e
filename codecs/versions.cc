// SPDX-License-Identifier: Apache-2.0
#include "codecs/versions.h"

#include <FLAC/format.h>
#include <brotli/encode.h>
#include <bzlib.h>
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <string_view>

namespace zipdream {
namespace {

// 8, 12 and 12 bits.
std::string brotli_version() {
  const std::uint32_t packed = BrotliEncoderVersion();
  return fmt::format("{}.{}.{}", packed >> 24, packed >> 12 & 0xfff, packed & 0xfff);
}

// "1.0.8, 13-Jul-2019"
std::string bzip2_version() {
  const std::string_view text = BZ2_bzlibVersion();
  return std::string(text.substr(0, text.find(',')));
}

}  // namespace

std::vector<LibraryVersion> library_versions() {
  return {{"zlib", zlibVersion()},
          {"bzip2", bzip2_version()},
          {"liblzma", lzma_version_string()},
          {"zstd", ZSTD_versionString()},
          {"brotli", brotli_version()},
          {"libFLAC", FLAC__VERSION_STRING}};
}

}  // namespace zipdream
