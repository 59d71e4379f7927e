// SPDX-License-Identifier: Apache-2.0
// The options of xz and lzma.
#pragma once

#include <cstdint>
#include <string_view>

namespace zipdream {

// liblzma's preset for "0" to "9", "0e" to "9e", or "" for 6. `codec` is for the message of the
// usage Error that anything else throws.
[[nodiscard]] std::uint32_t parse_xz_preset(std::string_view codec, std::string_view options);

}  // namespace zipdream
