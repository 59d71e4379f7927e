// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/unicode.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <unordered_map>

namespace zipdream {
namespace {

constexpr char32_t kNextLine = 0x85;  // the one space beyond ASCII that no category of spaces holds

CharKind kind_of(char32_t code) {
  if ((code >= '\t' && code <= '\r') || code == kNextLine) return CharKind::kSpace;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharKind::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharKind::kNumber;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return CharKind::kSpace;
    default:
      return CharKind::kOther;
  }
}

constexpr std::size_t kAsciiSize = 128;

std::array<CharKind, kAsciiSize> ascii_kinds() {
  std::array<CharKind, kAsciiSize> kinds{};
  for (std::size_t i = 0; i < kAsciiSize; ++i) kinds[i] = kind_of(static_cast<char32_t>(i));
  return kinds;
}

constexpr std::size_t kMaxQuotedChars = 60;

constexpr char32_t kFirstStandIn = 0x100;

bool stands_for_itself(char32_t byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct ByteAlphabet {
  std::array<std::string, 256> letters;
  std::unordered_map<char32_t, char> bytes;
};

ByteAlphabet make_alphabet() {
  ByteAlphabet alphabet;
  char32_t stand_in = kFirstStandIn;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const char32_t letter = stands_for_itself(byte) ? byte : stand_in++;
    alphabet.letters[byte] = utf8(letter);
    alphabet.bytes.emplace(letter, static_cast<char>(byte));
  }
  return alphabet;
}

const ByteAlphabet& byte_alphabet() {
  static const ByteAlphabet alphabet = make_alphabet();
  return alphabet;
}

}  // namespace

Char char_at(ByteView text, std::size_t at) {
  static const std::array<CharKind, kAsciiSize> kinds_of_ascii = ascii_kinds();
  assert(at < text.size());
  const Byte first = text[at];
  if (first < kAsciiSize) return {first, 1, kinds_of_ascii[first]};
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t length =
      utf8proc_iterate(text.data() + at, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  if (length <= 0) return {kNoChar, 1, CharKind::kOther};
  return {static_cast<char32_t>(code), static_cast<std::size_t>(length),
          kind_of(static_cast<char32_t>(code))};
}

bool is_word_character(char32_t code) {
  if (code == kNoChar) return false;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_PC:
      return true;
    case UTF8PROC_CATEGORY_NO:
      return false;
    default:
      break;
  }
  const CharKind kind = kind_of(code);
  return kind == CharKind::kLetter || kind == CharKind::kNumber;
}

std::string utf8(char32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t length =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes.data());
  assert(length > 0);
  return {bytes.begin(), bytes.begin() + length};
}

std::string in_quotes(std::string_view name) {
  std::string quoted = "'";
  std::size_t at = 0;
  for (std::size_t count = 0; count < kMaxQuotedChars && at < name.size(); ++count) {
    const Char c = char_at(as_bytes(name), at);
    // C0 and C1 controls, DEL
    const bool hidden = c.code == kNoChar || c.code < ' ' || (c.code >= 0x7F && c.code < 0xA0);
    for (const char byte : name.substr(at, c.length)) {
      quoted += hidden ? fmt::format("\\x{:02X}", static_cast<Byte>(byte)) : std::string(1, byte);
    }
    at += c.length;
  }
  return quoted + (at < name.size() ? "...'" : "'");
}

std::string plain_or_quoted(std::string_view name) {
  constexpr std::size_t kMaxShown = 100;
  const bool plain = name.size() <= kMaxShown && std::all_of(name.begin(), name.end(), [](char c) {
                       return c > ' ' && c <= '~';
                     });
  return plain ? std::string(name) : in_quotes(name);
}

std::string to_byte_level(std::string_view bytes) {
  std::string name;
  for (const char byte : bytes) name += byte_alphabet().letters[static_cast<Byte>(byte)];
  return name;
}

std::optional<std::string> from_byte_level(std::string_view name) {
  std::string bytes;
  for (std::size_t at = 0; at < name.size();) {
    const Char next = char_at(as_bytes(name), at);
    const auto found = byte_alphabet().bytes.find(next.code);
    if (found == byte_alphabet().bytes.end()) return std::nullopt;
    bytes += found->second;
    at += next.length;
  }
  return bytes;
}

}  // namespace zipdream
