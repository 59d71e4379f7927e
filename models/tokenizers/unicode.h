// SPDX-License-Identifier: Apache-2.0
// The characters of a text that need not be UTF-8, and the classes that patterns of tokenizers tell
// apart. Source: utf8proc (Unicode 15).
#pragma once

#include <cstddef>
#include <cstdint>
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

// REQUIRES: a code point that UTF-8 can tokenize.
[[nodiscard]] std::string utf8(char32_t code);

// A name out of a file, for a message of one line: in single quotes, controls and bytes that are no
// UTF-8 as \xHH, cut after some characters.
[[nodiscard]] std::string in_quotes(std::string_view name);

}  // namespace zipdream
