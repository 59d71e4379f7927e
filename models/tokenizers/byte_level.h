// SPDX-License-Identifier: Apache-2.0
// The alphabet in which byte-level vocabularies write their tokens (GPT-2's): one printable
// character for each byte. What prints in Latin-1 and is no space stands for itself; the others, in
// order, are U+0100, U+0101, ...; a space is U+0120, "Ġ".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

[[nodiscard]] std::string to_byte_level(std::string_view bytes);

// The bytes that a name tokenizes; nullopt if a character is none of the alphabet.
[[nodiscard]] std::optional<std::string> from_byte_level(std::string_view name);

}  // namespace zipdream
