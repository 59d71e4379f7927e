// SPDX-License-Identifier: Apache-2.0
// The characters of a text that need not be UTF-8, the classes that patterns of tokenizers tell
// apart, and the alphabet in which byte-level vocabularies write their tokens. Source of the
// classes: utf8proc (Unicode 15).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

enum class CharKind : std::uint8_t {
  kOther,   // marks, punctuation, symbols, controls, and bytes that are no UTF-8
  kLetter,  // \p{L}
  kNumber,  // \p{N}
  kSpace,   // \s: the property White_Space
};

struct Char {
  char32_t code;       // kNoChar: a byte that is no part of valid UTF-8, alone
  std::size_t length;  // in bytes, at least 1
  CharKind kind;
};

inline constexpr char32_t kNoChar = 0xFFFFFFFF;

// REQUIRES: at < text.size().
[[nodiscard]] Char char_at(ByteView text, std::size_t at);

// Whether words are made of it, as \w of regular expressions has it: letters, marks, digits, and
// what connects them.
[[nodiscard]] bool is_word_character(char32_t code);

// A code point in UTF-8. REQUIRES: it has an encoding there.
[[nodiscard]] std::string utf8(char32_t code);

// A name from a file, for a message of one line: in single quotes, controls and bytes that are no
// UTF-8 as \xHH, cut after some characters.
[[nodiscard]] std::string in_quotes(std::string_view name);

// The name as it is, where it is short and of printable ASCII; else in_quotes().
[[nodiscard]] std::string plain_or_quoted(std::string_view name);

// Bytes in GPT-2's alphabet of one printable character for each byte: what prints in Latin-1 and is
// no space stands for itself; the others, in order, are U+0100, U+0101, ...; a space is U+0120,
// "Ġ".
[[nodiscard]] std::string to_byte_level(std::string_view bytes);

// The bytes that a name in that alphabet stands for; nullopt if a character is none of it.
[[nodiscard]] std::optional<std::string> from_byte_level(std::string_view name);

}  // namespace zipdream
