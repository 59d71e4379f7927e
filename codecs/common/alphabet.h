// SPDX-License-Identifier: Apache-2.0
// The bytes that a byte-wise predictor chooses from. Its distribution is normalised over these
// alone.
#pragma once

#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

// Ascending and without repeats.
using Alphabet = Bytes;

// All 256 bytes.
[[nodiscard]] Alphabet full_alphabet();

// The bytes that occur in at least one of two texts.
[[nodiscard]] Alphabet seen_alphabet(ByteView a, ByteView b);

// "all" | "seen" (in `corpus` or `prompt`) | "printable" (ASCII 32-126, tab and newline) | a set as
// in a regular expression's brackets: "a-zA-Z .,\n" with the escapes \n \r \t \\ \- \xHH. Throws a
// usage Error when it is empty or malformed.
[[nodiscard]] Alphabet parse_alphabet(std::string_view text, ByteView corpus, ByteView prompt);

}  // namespace zipdream
