// SPDX-License-Identifier: Apache-2.0
// The dreamers' factories, for the table in registry.cc; everybody else calls make_dreamer(). Each
// throws a usage Error for options that the codec would refuse.
#pragma once

#include <memory>
#include <string_view>

#include "generator/dream/dreamer.h"

namespace zipdream {

[[nodiscard]] std::unique_ptr<Dreamer> make_brotli_dreamer(std::string_view options);
[[nodiscard]] std::unique_ptr<Dreamer> make_flac_dreamer(std::string_view options);
[[nodiscard]] std::unique_ptr<Dreamer> make_gzip_dreamer(std::string_view options);
[[nodiscard]] std::unique_ptr<Dreamer> make_png_dreamer(std::string_view options);
[[nodiscard]] std::unique_ptr<Dreamer> make_xz_dreamer(std::string_view options);
[[nodiscard]] std::unique_ptr<Dreamer> make_zstd_dreamer(std::string_view options);

}  // namespace zipdream
