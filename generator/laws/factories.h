// SPDX-License-Identifier: Apache-2.0
// The tables laws' factories, one per codec, for the table in registry.cc; everybody else calls
// make_predictor(). Each throws a usage Error for options that the codec would refuse.
#pragma once

#include <memory>
#include <string_view>

#include "generator/byte_law.h"

namespace zipdream {

[[nodiscard]] std::unique_ptr<ByteLaw> make_flac_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_png_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_bzip2_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_deflate_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_gzip_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_lzma_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_xz_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_zlib_law(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_zstd_law(std::string_view options);

}  // namespace zipdream
