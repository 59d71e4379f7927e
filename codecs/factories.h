// SPDX-License-Identifier: Apache-2.0
// The codecs' factories, one per name, for the table in registry.cc; everybody else calls
// make_codec(). Each throws a usage Error for options that it can't read.
#pragma once

#include <memory>
#include <string_view>

#include "codecs/codec.h"

namespace zipdream {

[[nodiscard]] std::unique_ptr<Codec> make_brotli(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_bzip2(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_deflate(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_flac(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_gzip(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_lzma(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_png(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_stored(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_webp(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_xz(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_zlib(std::string_view options);
[[nodiscard]] std::unique_ptr<Codec> make_zstd(std::string_view options);

}  // namespace zipdream
