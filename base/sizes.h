// SPDX-License-Identifier: Apache-2.0
// Numbers of bytes as people write them: the one reader of sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zipdream {

// "4096", "0x1000", "1e6", "1.5M", "16K", "16 KiB", "16KB". K, M, G and T, and KiB, MiB, GiB and
// TiB, are powers of 1024; KB, MB, GB and TB are powers of 1000; small letters mean the same.
// Nothing when it is none of these, no whole number of bytes, or more than 64 bits hold.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// 67108864 as "64M", so that it can be typed: the largest unit of 1024 that leaves a whole number.
[[nodiscard]] std::string size_text(std::uint64_t size);

}  // namespace zipdream
